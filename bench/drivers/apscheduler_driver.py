#!/usr/bin/python3
"""APScheduler 3 under the contract of ../SCHEDULING.md: its memory store, and Redis as the persistent one.

Every run that is due is made: no misfire grace time, any number of instances. `next` is not part of it, since its
triggers are asked in another way."""
import argparse
import datetime
import gc
import json
import logging
import os
import resource
import sys
import time

import apscheduler
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

UTC = datetime.timezone.utc
logging.disable(logging.CRITICAL)


class Window:
    """The runs that begin within some seconds from a moment on, when all jobs are due each second."""

    begin = end = float("inf")
    late = []
    runs = {}


def tick(number):
    now = time.time()
    if Window.begin - 0.02 <= now < Window.end:
        run = Window.runs.get(number, 0)
        Window.runs[number] = run + 1
        Window.late.append(now - Window.begin - run)


def used():
    r = resource.getrusage(resource.RUSAGE_SELF)
    return r.ru_utime + r.ru_stime


def resident():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))


def scheduler_of(kind):
    store = MemoryJobStore()
    if kind == "persistent":
        from apscheduler.jobstores.redis import RedisJobStore

        store = RedisJobStore(unix_socket_path=os.environ["BENCH_REDIS_SOCKET"])
        store.redis.flushdb()
    return BackgroundScheduler(
        jobstores={"default": store}, executors={"default": ThreadPoolExecutor(10)}, timezone=UTC,
        job_defaults={"coalesce": False, "misfire_grace_time": None, "max_instances": 1000000})


def add(o):
    s = scheduler_of(o.store)
    if not o.stopped:
        s.start()
    gc.collect()
    memory, cpu, begin, n = resident(), used(), time.time(), 0
    start = datetime.datetime.now(UTC) + datetime.timedelta(hours=1)
    while n < o.n and (n % 64 or time.time() - begin < o.cap):
        if o.kind == "cron":
            trigger = CronTrigger.from_crontab("0 9 * * mon-fri", timezone=UTC)
        else:
            trigger = IntervalTrigger(hours=1, start_date=start, timezone=UTC)
        s.add_job(tick, trigger, args=[n], id="j%d" % n)
        n += 1
    if o.stopped:
        s.start()
    took, cpu = time.time() - begin, used() - cpu
    gc.collect()
    memory = resident() - memory
    s.shutdown(wait=False)
    return {"n": n, "seconds": took, "jobs_per_s": n / took, "cpu_us_per_job": cpu / n * 1e6, "rss_bytes_per_job": memory / n}


def fire(o):
    s = scheduler_of(o.store)
    s.start(paused=True)
    # So much later, that all of them are added by then.
    Window.begin = int(time.time() + 4 + o.n / (2000 if o.store == "memory" else 500)) + 1
    Window.end = Window.begin + o.seconds
    start = datetime.datetime.fromtimestamp(Window.begin, UTC)
    for n in range(o.n):
        s.add_job(tick, IntervalTrigger(seconds=1, start_date=start, timezone=UTC), args=[n], id="j%d" % n)
    if time.time() > Window.begin - 0.2:
        return {"error": "adding took too long"}
    s.resume()
    time.sleep(max(0, Window.begin - time.time() - 0.02))
    cpu = used()
    time.sleep(max(0, Window.end - time.time()))
    cpu, late, due = used() - cpu, sorted(Window.late), o.n * o.seconds
    figures = {"due": due, "runs_in_window": len(late), "runs_per_s": len(late) / o.seconds, "not_run": due - len(late),
               "cpu_s": cpu, "rss_mib": resident() / 2**20}
    for name, part in (("p50", 0.5), ("p99", 0.99), ("max", 1)):
        figures["late_%s_ms" % name] = late[int(part * (len(late) - 1))] * 1000 if late else None
    return figures


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("call", choices=("info", "add", "fire"))
    for name, kind, default in (("n", int, 1000), ("kind", str, "interval"), ("cap", float, 30), ("store", str, "memory"),
                                ("seconds", int, 10), ("mode", str, "default")):
        a.add_argument("-" + name, type=kind, default=default)
    a.add_argument("-stopped", action="store_true")
    a.add_argument("-bulk", action="store_true")
    o = a.parse_args()
    if o.call == "info":
        return {"name": "apscheduler", "version": apscheduler.version, "python": sys.version.split()[0], "stores": ["memory", "persistent"]}
    if o.bulk:
        return {"error": "no bulk"}
    return {"add": add, "fire": fire}[o.call](o)


if __name__ == "__main__":
    print(json.dumps(main()), flush=True)
    os._exit(0)
