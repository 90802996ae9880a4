"""Schedulers, jobs, listeners and executors, against a daemon."""

import asyncio
import datetime
import io
import logging
import sys
import threading
import time
import unittest
import uuid

import support
import watchkeeper
from watchkeeper import (
    AndTrigger, AsyncIOScheduler, BackgroundScheduler, BlockingScheduler, ConflictingIdError, CronTrigger, DaemonAway,
    DaemonConfigurationError, EVENT_ALL, EVENT_ALL_JOBS_REMOVED, EVENT_JOB_ADDED, EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED, EVENT_JOB_MODIFIED, EVENT_JOB_REMOVED, EVENT_SCHEDULER_SHUTDOWN, EVENT_SCHEDULER_STARTED, IntervalTrigger, JobLookupError,
    OrTrigger, RedisJobStore, SchedulerAlreadyRunningError, SchedulerNotRunningError, SQLAlchemyJobStore, WatchkeeperJobStore,
)

logging.getLogger("apscheduler").setLevel(logging.CRITICAL)

calls = []


def note(*args, **kwargs):
    calls.append((args, kwargs))
    return len(args)


def fail():
    raise ValueError("no such shop\nand more")


def wait_for(event_set):
    event_set.wait(10)


async def slow():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        calls.append("cancelled")
        raise


async def quick(x):
    await asyncio.sleep(0)
    return x + 1


gate = threading.Event()


def held():
    calls.append("begun")
    gate.wait(20)
    return "ended"


class Case(unittest.TestCase):
    """Tests with a daemon of their own for the whole class."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = support.Daemon().start()
        cls.addClassCleanup(cls.daemon.close)

    def setUp(self):
        calls.clear()
        gate.clear()

    def scheduler(self, cls=BackgroundScheduler, **options):
        options.setdefault("watchkeeper", {"url": self.daemon.url, "patience": 10})
        made = cls(**options)
        self.addCleanup(lambda: made.running and made.shutdown(wait=False))
        return made

    def runs(self, job_id):
        return self.daemon.ask("GET", "/runs?job=" + job_id)["runs"]


class Running(Case):
    def test_a_function_runs_with_its_arguments_and_a_listener_follows(self):
        s = self.scheduler()
        events = []
        s.add_listener(events.append, EVENT_JOB_EXECUTED)
        s.add_job(note, "interval", (1, "zwei"), {"drei": [3]}, seconds=1, id="n")
        s.start()
        support.until(lambda: len(events) >= 2, "two runs")
        self.assertEqual(calls[0], ((1, "zwei"), {"drei": [3]}))
        e = events[0]
        self.assertEqual((e.code, e.job_id, e.jobstore, e.retval, e.exception, e.alias), (EVENT_JOB_EXECUTED, "n", "default", 2, None, None))
        self.assertEqual(events[1].scheduled_run_time - e.scheduled_run_time, datetime.timedelta(seconds=1))
        run = support.until(lambda: [r for r in self.runs("n") if r["phase"] == "done"], "the history")[0]
        self.assertEqual((run["outcome"], run["result"]), ("succeeded", {"value": 2}))

    def test_an_exception_is_an_event_and_in_the_history(self):
        s = self.scheduler()
        events = []
        s.add_listener(events.append, EVENT_JOB_ERROR)
        s.start()
        s.add_job(fail, id="f")
        e = support.until(lambda: events, "the event")[0]
        self.assertIsInstance(e.exception, ValueError)
        self.assertIn("raise ValueError", e.traceback)
        self.assertNotIn("watchkeeper.py", e.traceback)
        run = support.until(lambda: [r for r in self.runs("f") if r["phase"] == "done"], "the history")[0]
        self.assertEqual((run["outcome"], run["error"]), ("failed", "ValueError: no such shop"))
        self.assertTrue(run["detail"].startswith("Traceback (most recent call last):\n"), run["detail"])

    def test_values_of_python_arrive_as_they_are(self):
        given = (
            datetime.datetime(2030, 1, 31, 12, 30, tzinfo=datetime.timezone.utc), datetime.date(2030, 1, 31), datetime.timedelta(days=1, seconds=2),
            b"\0\xff", (1, (2, 3)), {4}, {5: "five"}, float("inf"), 1 + 2j, uuid.UUID(int=7), datetime.time(12, 30),
        )
        s = self.scheduler()
        s.start()
        s.add_job(note, args=given)
        support.until(lambda: calls, "the run")
        self.assertEqual(calls[0][0], given)
        self.assertEqual([type(v) for v in calls[0][0]], [type(v) for v in given])

    def test_functions_without_a_name(self):
        s = self.scheduler()
        s.start()
        for n in range(2):
            s.add_job(lambda n=n: calls.append(n))
        s.add_job(self.method)
        support.until(lambda: len(calls) == 3, "three runs")
        self.assertCountEqual(calls, [0, 1, "method"])
        with self.assertRaisesRegex(ValueError, "reference to its callable"):
            s.add_jobstore(WatchkeeperJobStore(), "kept")
            s.add_job(lambda: None, jobstore="kept")

    def method(self):
        calls.append("method")

    def test_coroutines_run_on_the_loop_and_are_cancelled(self):
        async def main():
            s = self.scheduler(AsyncIOScheduler)
            events = []
            s.add_listener(events.append, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
            s.add_job(quick, args=[41], id="quick")
            s.start()
            await self.soon(lambda: events)
            self.assertEqual((events[0].job_id, events[0].retval), ("quick", 42))
            s.add_job(slow, id="slow")
            run = await self.soon(lambda: self.runs("slow"))
            await self.soon(lambda: s._worker._runs)
            self.daemon.ask("POST", "/runs/%s/cancel" % run[0]["id"])
            await self.soon(lambda: calls == ["cancelled"])
            await self.soon(lambda: len(events) == 2)
            self.assertIsInstance(events[1].exception, asyncio.CancelledError)
            s.shutdown()
            self.assertTrue(s.running)  # the loop does it
            await self.soon(lambda: not s.running)

        asyncio.run(main())

    async def soon(self, condition):
        for _ in range(400):
            found = condition()
            if found:
                return found
            await asyncio.sleep(0.025)
        self.fail("waited for 10 s")

    def test_missed_and_too_many(self):
        s = self.scheduler()
        events = []
        s.add_listener(events.append, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        s.start()
        s.add_job(held, "interval", seconds=1, id="held")
        too_many = support.until(lambda: events, "a run too many")[0]
        self.assertEqual((too_many.code, too_many.job_id, len(too_many.scheduled_run_times)), (EVENT_JOB_MAX_INSTANCES, "held", 1))
        gate.set()
        s.remove_job("held")
        s.add_job(note, "date", run_date=datetime.datetime.now() - datetime.timedelta(seconds=30), id="late")
        missed = support.until(lambda: [e for e in events if e.code == EVENT_JOB_MISSED], "a run missed")[0]
        self.assertEqual((missed.job_id, calls), ("late", ["begun"]))

    def test_shutdown_waits(self):
        s = self.scheduler()
        s.start()
        s.add_job(held, id="last")
        support.until(lambda: calls, "its begin")
        threading.Timer(0.3, gate.set).start()
        s.shutdown()
        run = support.until(lambda: [r for r in self.runs("last") if r["phase"] == "done"], "the history")[0]
        self.assertEqual((run["outcome"], run.get("result")), ("succeeded", {"value": "ended"}))

    def test_shutdown_from_a_job(self):
        s = self.scheduler(BlockingScheduler)
        s.add_job(lambda: s.shutdown(wait=False))
        s.start()
        self.assertFalse(s.running)

    def test_pause_lets_times_go_by(self):
        s = self.scheduler()
        s.add_job(note, "interval", seconds=1, id="paused")
        s.start(paused=True)
        self.assertEqual(s.state, watchkeeper.STATE_PAUSED)
        support.until(lambda: self.daemon.ask("GET", "/jobs/paused")["state"] == "waiting", "a time to go by")
        self.assertEqual(calls, [])
        s.resume()
        support.until(lambda: calls, "a run")
        s.pause()
        support.until(lambda: not self.daemon.ask("GET", "/executors/app/workers")["items"], "its leave")
        seen = len(calls)
        s.resume()
        support.until(lambda: len(calls) > seen, "another run")

    def test_processes_and_debug(self):
        s = self.scheduler(executors={"processes": {"type": "processpool", "max_workers": 1}, "here": {"type": "debug"}})
        events = []
        s.add_listener(events.append, EVENT_JOB_EXECUTED)
        s.start()
        s.add_job("math:factorial", args=[5], executor="processes")
        s.add_job(note, executor="here")
        support.until(lambda: len(events) == 2, "both runs")
        self.assertCountEqual([e.retval for e in events], [120, 0])


class Changing(Case):
    def setUp(self):
        super().setUp()
        self.s = self.scheduler(timezone="UTC", jobstores={"kept": WatchkeeperJobStore()})
        self.events = []
        self.s.add_listener(lambda e: self.events.append((e.code, getattr(e, "job_id", e.alias))), EVENT_ALL)
        self.addCleanup(lambda: self.s.running and self.s.remove_all_jobs())

    def test_modify_reschedule_pause_resume_remove(self):
        s = self.s
        s.start()
        job = s.add_job(note, "cron", hour=3, id="m", jobstore="kept")
        self.assertEqual(str(job.trigger), "cron[hour='3']")
        self.assertEqual(job.next_run_time.hour, 3)
        job.modify(name="other", max_instances=6, args=[1], misfire_grace_time=None, coalesce=False)
        found = s.get_job("m")
        self.assertEqual((found.name, found.max_instances, found.args, found.misfire_grace_time, found.coalesce), ("other", 6, (1,), None, False))
        self.assertEqual((str(found.trigger), found.func), ("cron[hour='3']", note))
        s.reschedule_job("m", trigger="interval", minutes=5)
        found = s.get_job("m")
        self.assertEqual(str(found.trigger), "interval[0:05:00]")
        self.assertLess(found.next_run_time, datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=6))
        found.pause()
        self.assertIsNone(s.get_job("m").next_run_time)
        self.assertIsNotNone(found.resume())
        self.assertIsNotNone(s.get_job("m").next_run_time)
        job.remove()
        self.assertIsNone(s.get_job("m"))
        for act in (lambda: s.remove_job("m"), lambda: s.pause_job("m"), lambda: s.resume_job("m"), lambda: job.modify(name="x")):
            with self.assertRaises(JobLookupError) as caught:
                act()
            self.assertEqual(str(caught.exception), "'No job by the id of m was found'")
        codes = [code for code, about in self.events if about == "m"]
        self.assertEqual(codes, [EVENT_JOB_ADDED] + [EVENT_JOB_MODIFIED] * 4 + [EVENT_JOB_REMOVED])

    def test_ids(self):
        s = self.s
        s.start()
        s.add_job(note, "cron", hour=3, id="x", jobstore="kept")
        with self.assertRaises(ConflictingIdError) as caught:
            s.add_job(note, "cron", hour=4, id="x", jobstore="kept")
        self.assertEqual(str(caught.exception), "'Job identifier (x) conflicts with an existing job'")
        s.add_job(note, "cron", hour=4, id="x", jobstore="kept", replace_existing=True)
        self.assertEqual(str(s.get_job("x").trigger), "cron[hour='4']")
        s.add_job(note, "cron", hour=3, id="y")
        with self.assertRaises(ConflictingIdError):
            s.add_job(note, "cron", hour=4, id="y")
        # another process of the program adds the same job: they share it
        self.scheduler(timezone="UTC").start()
        other = self.scheduler(timezone="UTC")
        other.add_job(note, "cron", hour=3, id="y")
        other.start()
        self.assertEqual(len([j for j in s.get_jobs() if j.id == "y"]), 1)

    def test_jobs_without_an_id_are_shared(self):
        s, other = self.s, self.scheduler()
        for one in (s, other):
            one.add_job(note, "interval", minutes=7)
            one.add_job(note, "interval", minutes=7, args=[1])
            one.start()
        self.assertEqual([j.id for j in s.get_jobs()], [j.id for j in other.get_jobs()])
        self.assertEqual(len(s.get_jobs()), 2)
        other.shutdown()
        self.assertEqual(len(s.get_jobs()), 2)
        s.shutdown()  # the last process that has the function
        self.assertEqual(self.daemon.ask("GET", "/jobs?jobstore=memory")["jobs"], [])

    def test_print_jobs(self):
        s = self.s
        out = io.StringIO()
        s.print_jobs(out=out)
        s.add_job(note, "cron", hour=3, id="p")
        s.print_jobs(out=out)
        s.start()
        s.add_job(note, "cron", hour=4, id="q", next_run_time=None)
        s.print_jobs(out=out)
        at = s.get_job("p").next_run_time.strftime("%Y-%m-%d %H:%M:%S UTC")
        self.assertEqual(
            out.getvalue(),
            "Pending jobs:\n    No pending jobs\nPending jobs:\n    note (trigger: cron[hour='3'], pending)\n"
            "Jobstore default:\n    note (trigger: cron[hour='3'], next run at: %s)\n    note (trigger: cron[hour='4'], paused)\n"
            "Jobstore kept:\n    No scheduled jobs\n" % at,
        )

    def test_remove_all_jobs(self):
        s = self.s
        s.start()
        s.add_job(note, "cron", hour=3, id="a")
        s.add_job(note, "cron", hour=3, id="b", jobstore="kept")
        self.daemon.ask("POST", "/jobs", {"id": "foreign", "command": "/bin/true", "trigger": "cron", "hour": "3"})
        s.remove_all_jobs()
        self.assertEqual(s.get_jobs(), [])
        self.assertIn((EVENT_ALL_JOBS_REMOVED, None), self.events)
        self.assertEqual([j["id"] for j in self.daemon.ask("GET", "/jobs")["jobs"]], ["foreign"])

    def test_next_run_time(self):
        s = self.s
        s.start()
        at = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(minutes=90)
        for trigger in ({"trigger": "interval", "minutes": 7}, {"trigger": "cron", "minute": 30}, {"trigger": "date", "run_date": "2099-01-01"}):
            job = s.add_job(note, next_run_time=at, **trigger)
            self.assertEqual(job.next_run_time, at, trigger)
        job = s.add_job(note, "cron", hour=3)
        job.modify(next_run_time=at)
        self.assertEqual(s.get_job(job.id).next_run_time, at)
        s.add_job(note, "interval", hours=1, next_run_time=datetime.datetime.now())
        support.until(lambda: calls, "the run that is due now")

    def test_triggers(self):
        s = self.s
        s.start()
        zone = "Europe/Berlin" if sys.version_info >= (3, 9) else "UTC"
        for trigger, shown in (
            (CronTrigger.from_crontab("*/5 3 * * mon-fri", zone), "cron[month='*', day='*', day_of_week='mon-fri', hour='3', minute='*/5']"),
            (OrTrigger([CronTrigger(hour=2), IntervalTrigger(hours=1)]), "or[cron[hour='2'], interval[1:00:00]]"),
            (AndTrigger([CronTrigger(day="last", timezone=zone), CronTrigger(day_of_week="fri", timezone=zone)]),
             "and[cron[day='last'], cron[day_of_week='fri']]"),
        ):
            job = s.add_job(note, trigger)
            self.assertEqual(str(job.trigger), shown)
            self.assertIsNotNone(s.get_job(job.id).next_run_time)
        with self.assertRaisesRegex(ValueError, "minute"):
            s.add_job(note, "cron", minute="61")

    def test_arguments_that_are_refused(self):
        for args, kwargs, path in (
            ([{"when": [threading.Lock()]}], {}, r"args\[0\]\.when\[0\]: a _thread\.lock is not JSON"),
            ([], {"db": object()}, r"kwargs\.db: an object is not JSON"),
        ):
            with self.assertRaisesRegex(TypeError, path):
                self.s.add_job(note, args=args, kwargs=kwargs)
        for call, text in (
            (dict(func=quick), "have not been supplied: x"),
            (dict(func=quick, args=[1, 2]), "allowed: 1, given in args: 2"),
            (dict(func=quick, args=[1], kwargs={"x": 1}), "both args and kwargs: x"),
            (dict(func=quick, args=[1], kwargs={"y": 1}), "does not accept the following keyword arguments: y"),
        ):
            with self.assertRaisesRegex(ValueError, text):
                self.s.add_job(**call)
        for wrong in (dict(max_instances=0), dict(misfire_grace_time=0), dict(name=""), dict(id=3)):
            with self.assertRaises(TypeError):
                self.s.add_job(note, **wrong)
        with self.assertRaises(LookupError):
            self.s.add_job("no_such_module:f")
        with self.assertRaises(KeyError):
            self.s.start()
            self.s.add_job(note, jobstore="nowhere")

    def test_states(self):
        s = self.s
        for act in (s.shutdown, s.pause, s.resume):
            self.assertRaises(SchedulerNotRunningError, act)
        s.start()
        self.assertRaises(SchedulerAlreadyRunningError, s.start)
        self.assertRaises(SchedulerAlreadyRunningError, s.configure)
        s.shutdown()
        self.assertEqual([e[0] for e in self.events if e[0] in (1, 2)], [EVENT_SCHEDULER_STARTED, EVENT_SCHEDULER_SHUTDOWN])


class Away(unittest.TestCase):
    def setUp(self):
        calls.clear()
        self.daemon = support.Daemon()
        self.addCleanup(self.daemon.close)

    def test_it_comes_back(self):
        self.daemon.start()
        s = BackgroundScheduler(watchkeeper={"url": self.daemon.url, "patience": 20}, jobstores={"default": WatchkeeperJobStore()})
        s.add_job(note, "interval", seconds=1, id="n")
        s.start()
        self.addCleanup(s.shutdown)
        support.until(lambda: calls, "a run")
        self.daemon.kill()
        threading.Timer(0.5, self.daemon.start).start()
        seen = len(calls)
        self.assertEqual(s.get_job("n").id, "n")  # it waits for the daemon
        support.until(lambda: len(calls) > seen, "a run of the new daemon")

    def test_it_does_not(self):
        self.daemon.start()
        self.daemon.kill()
        s = BackgroundScheduler(watchkeeper={"url": self.daemon.url, "patience": 0.2})
        begin = time.monotonic()
        with self.assertRaisesRegex(DaemonAway, "did not answer within 0.2 s"):
            s.start()
        self.assertLess(time.monotonic() - begin, 5)
        self.assertFalse(s.running)

    def test_what_it_lacks(self):
        self.daemon.start()
        for store, lines in (
            (RedisJobStore(db=2, host="127.0.0.1"), r"\[jobstore:default\]\ntype = redis\nhost = 127.0.0.1\nport = 6379\ndb = 2"),
            (SQLAlchemyJobStore("postgresql://u:p@db.example/jobs"), r"\[jobstore:default\]\nurl = postgres://db.example:5432/jobs"),
        ):
            s = BackgroundScheduler(watchkeeper={"url": self.daemon.url}, jobstores={"default": store})
            with self.assertRaisesRegex(DaemonConfigurationError, lines):
                s.start()
        s = BackgroundScheduler(watchkeeper={"url": self.daemon.url, "executor": "shop"})
        with self.assertRaisesRegex(DaemonConfigurationError, r"\[executor:shop\]\ntype = remote"):
            s.start()
        kept = SQLAlchemyJobStore("sqlite:///%s/state/jobs.db" % self.daemon.dir)
        s = BackgroundScheduler(watchkeeper={"url": self.daemon.url}, jobstores={"default": kept})
        s.start()
        self.assertEqual(s._places.names, {"default": "default"})
        s.shutdown()


if __name__ == "__main__":
    unittest.main()
