"""Stores jobs with APScheduler, for TestWhatAPSchedulerStores: in the Redis at the
unix socket that is the first argument, and in the SQLite file that is the second.
A paused scheduler writes them as a running one does, and runs none. Then it prints
for each job with a next run the times of the runs after it, without jitter, as JSON:
the id and a list of microseconds since 1970."""
import collections
import datetime
import json
import sys

import pytz
from apscheduler.jobstores.redis import RedisJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import AndTrigger, OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

sys.path.insert(0, "testdata")
import tasks


class Weird(BaseTrigger):
    def get_next_fire_time(self, previous, now):
        return datetime.datetime(2031, 1, 1, tzinfo=pytz.utc)


def here():
    pass


scheduler = BackgroundScheduler(
    jobstores={
        "default": RedisJobStore(jobs_key="my.jobs", run_times_key="my.times", unix_socket_path=sys.argv[1]),
        "sql": SQLAlchemyJobStore(url="sqlite:///" + sys.argv[2]),
    },
    timezone="Europe/Berlin",
)
scheduler.start(paused=True)
start = datetime.datetime(2030, 1, 1, 0, 0, 0, 123000)
for store in ("default", "sql"):
    def add(func, *args, **kwargs):
        scheduler.add_job(func, *args, jobstore=store, **kwargs)

    add(tasks.tick, "interval", id="interval", minutes=5, start_date=start, end_date="2031-01-01", args=["10s", 1.0, None], kwargs={"中": [1, {"a": True}]})
    add(tasks.tick, "interval", id="moved", hours=1, start_date=start, next_run_time=datetime.datetime(2029, 12, 31, 23, 30))
    add(tasks.tick, "interval", id="odd", days=1, seconds=1, start_date=start, timezone=pytz.FixedOffset(330), misfire_grace_time=None, coalesce=False, max_instances=7, executor="other", name="every day and a second")
    add(tasks.tick, "cron", id="cron", day="2nd tue,last", hour="3", minute="*/20", second="5,10-20/5", start_date="2030-01-01")
    add(tasks.tick, "cron", id="cron-utc", timezone=pytz.utc, year="2030/2", month="feb-apr,12", week="1-52/3", day_of_week="mon-fri", hour="1/6", jitter=60, start_date="2030-01-01", next_run_time=datetime.datetime(2030, 2, 11, 1, 0, 14, 356720, tzinfo=pytz.utc))
    add(tasks.tick, "cron", id="cron-all", second="*", timezone="Asia/Tokyo", next_run_time=datetime.datetime(2030, 1, 1, 12, tzinfo=pytz.utc))
    add(tasks.tick, "date", id="date", run_date="2030-10-27 02:30:00")
    add(tasks.tick, "date", id="date-moved", run_date="2030-10-27 12:00:00", next_run_time=datetime.datetime(2030, 1, 1))
    add(tasks.tick, OrTrigger([IntervalTrigger(hours=1, start_date=start, timezone="UTC"), CronTrigger(hour=6, timezone="UTC")], jitter=3), id="or", next_run_time=datetime.datetime(2030, 1, 1, tzinfo=pytz.utc))
    add(tasks.tick, AndTrigger([CronTrigger(day="last", timezone="UTC"), CronTrigger(day_of_week="fri", timezone="UTC")]), id="and", next_run_time=datetime.datetime(2030, 5, 31, tzinfo=pytz.utc))
    add(tasks.tick, "cron", id="paused", hour=3, timezone="UTC", next_run_time=None)
    add(tasks.Service("x").run, "cron", id="method", hour=3, start_date="2030-01-01", args=["z"])
    add(tasks.Service.shared, "cron", id="static", hour=3, timezone="UTC", start_date="2030-01-01")
    add(here, "cron", id="main", hour=3, timezone="UTC", start_date="2030-01-01")
    add(tasks.tick, Weird(), id="weird")
    add(tasks.tick, "cron", id="arguments", hour=3, timezone="UTC", start_date="2030-01-01", args=[b"x", (1, (2,)), {3: 4}],
        kwargs={"nan": float("nan"), "deep": {"a b": [datetime.date(2030, 1, 1)]}, "big": 2**64, "text": "<&>"})
    add(tasks.tick, "cron", id="strange", hour=3, timezone="UTC", start_date="2030-01-01", args=[collections.deque()], kwargs={"half": "\ud800"})

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=pytz.utc)
for job in scheduler.get_jobs("default"):
    if job.next_run_time is None or job.id in ("weird", "and"):  # "and" may never return
        continue
    if hasattr(job.trigger, "jitter"):
        job.trigger.jitter = None
    times, at = [], job.next_run_time
    while len(times) < 100:
        at = job.trigger.get_next_fire_time(at, at)
        if at is None:
            break
        times.append((at - EPOCH) // datetime.timedelta(microseconds=1))
    print(json.dumps([job.id, times]))
scheduler.shutdown()
