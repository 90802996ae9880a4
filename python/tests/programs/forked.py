"""Makes a scheduler, forks as a server with --preload does, and asks for jobs in both processes at a time."""

import os
import sys

import watchkeeper

scheduler = watchkeeper.BackgroundScheduler(timezone="UTC")
scheduler.start()
for name in ("parent", "child"):
    scheduler.add_job(print, "cron", hour=3, id=name, args=[name])
child = os.fork()
mine = "parent" if child else "child"
wrong = [n for n in range(200) if scheduler.get_job(mine).args != (mine,)]
if not child:
    scheduler.shutdown(wait=False)  # of the parent's nothing is taken
    os._exit(1 if wrong else 0)
_, status = os.waitpid(child, 0)
workers = scheduler._daemon.ask("GET", "/executors/app/workers")["items"]
scheduler.shutdown()
sys.exit("wrong answers: %s, child: %s, workers: %s" % (wrong, status, workers) if wrong or status or len(workers) != 1 else 0)
