"""Ends while a run is under way, in the way that its argument says."""

import sys
import threading
import time

from apscheduler.schedulers.background import BackgroundScheduler

begun = threading.Event()


def last():
    begun.set()
    time.sleep(1)
    return "ended"


scheduler = BackgroundScheduler()
scheduler.start()
scheduler.add_job(last, id="last")
begun.wait(20)
if sys.argv[1] == "shutdown":
    scheduler.shutdown(wait=False)
elif sys.argv[1] == "job":
    scheduler.add_job(lambda: scheduler.shutdown(), id="ends")
    while scheduler.running:
        time.sleep(0.05)
