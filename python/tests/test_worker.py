"""The worker: results that are refused, ends, forks, pools that are no more, and what is left behind."""

import asyncio
import concurrent.futures
import datetime
import http.server
import logging
import os
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import support
import watchkeeper
from watchkeeper import (
    AsyncIOScheduler, BackgroundScheduler, DaemonError, EVENT_JOB_ADDED, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, EVENT_JOB_MODIFIED, EVENT_JOB_REMOVED, EVENT_JOB_SUBMITTED,
    ThreadPoolExecutor, WatchkeeperJobStore,
)

logging.getLogger("apscheduler").setLevel(logging.CRITICAL)

PROGRAMS = os.path.join(support.HERE, "programs")
begun, gate = threading.Semaphore(0), threading.Event()


def text(content):
    return content


def many(letter, n):
    return letter * n


def fails(n):
    raise ValueError("x" * n + "\n" + "y" * n)


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def fails_unspeakably():
    raise Unspeakable


def half():
    return "\ud800"


def held():
    begun.release()
    gate.wait(20)
    return "ended"


def nothing():
    pass


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = support.Daemon().start()
        cls.addClassCleanup(cls.daemon.close)

    def setUp(self):
        gate.clear()
        while begun.acquire(blocking=False):
            pass

    def scheduler(self, cls=BackgroundScheduler, **options):
        options.setdefault("watchkeeper", {"url": self.daemon.url, "patience": 10})
        made = cls(**options)
        self.addCleanup(lambda: made.running and made.shutdown(wait=False))
        return made

    def done(self, job_id):
        """The run of a job that is due once, when it has ended."""
        return support.until(lambda: [r for r in self.daemon.ask("GET", "/runs?job=" + job_id)["runs"] if r["phase"] == "done"], "the end of " + job_id)[0]

    def workers(self):
        return self.daemon.ask("GET", "/executors/app/workers")["items"]


class Results(Case):
    def test_more_than_one_request_takes(self):
        s = self.scheduler(executors={"default": ThreadPoolExecutor(30)})
        s.start()
        for n in range(30):
            s.add_job(many, args=["x", 60000], id="large%d" % n)
        for n in range(30):
            self.assertEqual(self.done("large%d" % n)["result"], {"value": "x" * 60000})

    def test_a_result_that_is_not_kept_is_shown(self):
        s = self.scheduler()
        s.start()
        s.add_job(many, args=["\U0001f600", 300000], id="long")
        found = self.done("long")
        self.assertEqual(found["outcome"], "succeeded")
        self.assertEqual(found["result"]["why"], "it has 3600012 bytes, and 65536 are kept")
        self.assertTrue(found["result"]["repr"].startswith("'\U0001f600"), found["result"])

    def test_one_that_is_refused_is_an_error_of_its_run_alone(self):
        s = self.scheduler()
        s.start()
        ended, s._worker.ended = s._worker.ended, lambda run, outcome: self.spoil(s._worker, run, outcome)
        self.ended = ended
        for n in range(5):
            s.add_job(text, args=["fine" if n != 3 else "spoilt"], id="spoilt%d" % n)
        self.assertIn("its result was refused: ", self.done("spoilt3")["error"])
        for n in (0, 1, 2, 4):
            self.assertEqual(self.done("spoilt%d" % n)["result"], {"value": "fine"})

    def spoil(self, worker, run, outcome):
        if outcome.value != "spoilt":
            self.ended(run, outcome)
            return
        with worker._changed:  # as a daemon with another idea of a result sees it
            worker._runs.pop(run.call)
            worker._results.append(watchkeeper.Told(run.membership, run.call, b'{"call":%d,"error":7}' % run.call))
            worker._changed.notify_all()

    def test_errors_have_an_end(self):
        s = self.scheduler()
        s.start()
        s.add_job(fails, args=[2 << 20], id="endless")
        found = self.done("endless")
        self.assertLess(len(found["error"]), 1100)
        self.assertTrue(found["error"].startswith("ValueError: xxx"))
        self.assertLess(len(found["detail"]), 33000)
        s.add_job(fails_unspeakably, id="unspeakable")
        self.assertIn("Unspeakable: <str() of it fails with RuntimeError>", self.done("unspeakable")["error"])

    def test_half_a_character_does_no_harm(self):
        s = self.scheduler()
        s.start()
        s.add_job(half, id="half")
        self.assertEqual(self.done("half")["outcome"], "succeeded")
        s.add_job(text, args=["whole"], id="whole")
        self.assertEqual(self.done("whole")["result"], {"value": "whole"})


class Ends(Case):
    def test_shutdown_while_runs_begin(self):
        for _ in range(20):
            s = self.scheduler()
            s.start()
            for n in range(5):
                s.add_job(nothing, id="n%d" % n)
            ending = threading.Thread(target=s.shutdown, daemon=True)
            ending.start()
            ending.join(20)
            self.assertFalse(ending.is_alive(), "shutdown() does not return")

    def test_a_run_goes_on_after_a_shutdown_that_does_not_wait(self):
        s = self.scheduler()
        s.start()
        s.add_job(held, id="goes-on", watchkeeper={"on_lost": "rerun"})
        begun.acquire(timeout=20)
        s.shutdown(wait=False)
        self.assertEqual([w["functions"] for w in self.workers()], [[]])  # others take its jobs
        time.sleep(4)  # longer than the lease
        gate.set()
        found = self.done("goes-on")
        self.assertEqual((found["outcome"], found["result"], found["attempt"]), ("succeeded", {"value": "ended"}, 1))
        support.until(lambda: not self.workers(), "its leave")

    def test_programs_that_end_with_a_run_under_way(self):
        for how in ("shutdown", "job", "return"):
            with self.subTest(how):
                environ = dict(os.environ, WATCHKEEPER_URL=self.daemon.url, PYTHONDONTWRITEBYTECODE="1")
                seen = len(self.daemon.ask("GET", "/runs?job=last")["runs"])
                code = subprocess.call([sys.executable, support.CLIENT, "run", os.path.join(PROGRAMS, "ends.py"), how], env=environ, timeout=60)
                self.assertEqual(code, 0)
                runs = self.daemon.ask("GET", "/runs?job=last")["runs"]
                self.assertEqual(len(runs), seen + 1)
                self.assertEqual([(r["phase"], r.get("outcome"), r.get("result")) for r in runs], [("done", "succeeded", {"value": "ended"})] * len(runs))
                self.assertEqual(self.workers(), [])

    def test_a_forked_process_has_connections_of_its_own(self):
        environ = dict(os.environ, WATCHKEEPER_URL=self.daemon.url, PYTHONPATH=os.path.dirname(support.CLIENT), PYTHONDONTWRITEBYTECODE="1")
        found = subprocess.run([sys.executable, os.path.join(PROGRAMS, "forked.py")], env=environ, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(found.returncode, 0, found.stderr.decode())


class Pools(Case):
    def test_one_that_takes_no_more_is_said(self):
        s = self.scheduler()
        s.start()
        s._runner.executors["default"]._pool.shutdown()
        with self.assertLogs("apscheduler.scheduler", "WARNING") as logs:
            s.add_job(nothing, "interval", hours=1, id="refused")
            self.daemon.ask("POST", "/jobs/refused/run?jobstore=memory")
            support.until(lambda: not self.workers(), "its leave")
        self.assertIn("No runs are taken any more: job refused cannot begin (cannot schedule new futures after shutdown)", logs.output[0])

    def executor(self, *args):
        made = ThreadPoolExecutor(*args)
        made.start(None, "default")
        self.addCleanup(made.shutdown)
        ended = []
        return made, ended, lambda run, outcome: ended.append((run, outcome))

    def run_of(self, function):
        call = {"call": 1, "run": "r", "job": "j", "jobstore": "default", "scheduled_at": "", "attempt": 1, "token": 1}
        return watchkeeper.Run(call, function, "m")

    def test_threads_that_cannot_be_prepared(self):
        """No run waits for ever in a pool without threads."""
        logging.getLogger("concurrent.futures").setLevel(logging.CRITICAL + 1)
        for _ in range(20):
            executor, ended, done = self.executor(2, {"initializer": fails_unspeakably})
            refused = 0
            for _ in range(4):
                try:
                    executor.submit(self.run_of(nothing), done)
                except RuntimeError:
                    refused += 1
            support.until(lambda: len(ended) + refused == 4, "all to end or be refused")
            self.assertTrue(all(isinstance(outcome.exception, RuntimeError) for _, outcome in ended), ended)
            self.assertEqual(executor._pending, 0)

    def test_what_waits_in_a_pool_is_cancelled(self):
        executor, ended, done = self.executor(1)
        first, second, third = self.run_of(held), self.run_of(nothing), self.run_of(nothing)
        for run in (first, second, third):
            executor.submit(run, done)
        begun.acquire(timeout=10)
        second.cancel()
        self.assertIs(ended[0][0], second)
        self.assertIsInstance(ended[0][1].exception, concurrent.futures.CancelledError)
        first.cancel()  # it has begun: it may look
        gate.set()
        support.until(lambda: len(ended) == 3, "the others")
        self.assertEqual([run for run, _ in ended], [second, first, third])
        self.assertEqual((ended[1][1].value, executor._pending), ("ended", 0))
        executor.shutdown()
        self.assertRaises(RuntimeError, executor.submit, first, done)

    def test_a_broken_pool_of_processes_is_replaced(self):
        s = self.scheduler(executors={"default": {"type": "processpool", "max_workers": 1}})
        s.start()
        s.add_job("os:_exit", args=[3], id="dies")
        self.assertIn("BrokenProcessPool", self.done("dies")["error"])
        s.add_job("math:factorial", args=[5], id="lives")
        self.assertEqual(self.done("lives")["result"], {"value": 120})

    def test_coroutines_are_cancelled_once_and_on_their_loop(self):
        cancelled = []

        async def endless():
            begun.release()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled.append(threading.current_thread())
                await asyncio.sleep(0.3)  # what a second cancel() would cut short
                cancelled.append("in peace")
                raise

        async def main():
            s = self.scheduler(AsyncIOScheduler)
            s.start()
            s.add_job(endless, id="endless")
            while not begun.acquire(blocking=False):
                await asyncio.sleep(0.02)
            s.shutdown()
            for _ in range(400):
                if not s.running and len(cancelled) == 2:
                    break
                await asyncio.sleep(0.025)
            s._runner.executors["default"].shutdown()

        asyncio.run(main(), debug=True)
        self.assertEqual(cancelled, [threading.main_thread(), "in peace"])

    def test_a_loop_that_is_closed(self):
        s = self.scheduler(AsyncIOScheduler)

        async def main():
            s.start()

        asyncio.run(main())
        s.shutdown()
        self.assertFalse(s.running)


class Events(Case):
    def setUp(self):
        super().setUp()
        self.events = []
        self.s = self.scheduler(jobstores={"default": WatchkeeperJobStore()})
        self.s.add_listener(lambda e: self.events.append((e.code, e.job_id)), EVENT_JOB_ADDED | EVENT_JOB_MODIFIED | EVENT_JOB_REMOVED)
        self.s.start()

    def follows(self, *wanted):
        """The events are these, and then one that somebody else causes."""
        self.daemon.ask("POST", "/jobs", {"id": "mark", "trigger": "cron", "hour": "1", "func": "m:f", "executor": "app"})
        support.until(lambda: (EVENT_JOB_ADDED, "mark") in self.events, "the mark")
        self.daemon.ask("DELETE", "/jobs/mark")
        support.until(lambda: (EVENT_JOB_REMOVED, "mark") in self.events, "the end of the mark")
        self.assertEqual([e for e in self.events if e[1] != "mark"], list(wanted))
        self.events.clear()

    def test_ours_are_told_once_and_those_of_others_too(self):
        s = self.s
        s.add_job(nothing, "cron", hour=3, id="x")
        self.follows((EVENT_JOB_ADDED, "x"))
        s.modify_job("x")  # changes nothing
        s.modify_job("x", name="nothing")
        self.follows(*[(EVENT_JOB_MODIFIED, "x")] * 2)
        self.daemon.ask("PATCH", "/jobs/x", {"name": "by somebody else"})
        self.follows((EVENT_JOB_MODIFIED, "x"))
        s.modify_job("x", name="other", next_run_time=None)  # two requests
        s.resume_job("x")
        self.follows(*[(EVENT_JOB_MODIFIED, "x")] * 2)
        self.daemon.ask("PATCH", "/jobs/x", {"name": "again"})
        self.follows((EVENT_JOB_MODIFIED, "x"))
        s.add_job(nothing, "cron", hour=3, id="x", name="again", replace_existing=True)  # as it is
        self.daemon.ask("PATCH", "/jobs/x", {"name": "and again"})
        self.follows((EVENT_JOB_ADDED, "x"), (EVENT_JOB_MODIFIED, "x"))
        s.add_job(nothing, "cron", hour=3, id="y")
        self.follows((EVENT_JOB_ADDED, "y"))
        s.remove_job("y")
        self.follows((EVENT_JOB_REMOVED, "y"))
        s.remove_all_jobs()
        self.follows()  # as in APScheduler
        self.assertEqual(s._stored.events._expected, {})

    def test_a_listener_that_comes_later_hears_of_more(self):
        submitted = []
        self.s.add_listener(lambda e: submitted.append(e.job_id), EVENT_JOB_SUBMITTED)
        self.s.add_job(nothing, id="soon")
        support.until(lambda: submitted == ["soon"], "its run")
        support.until(lambda: (EVENT_JOB_REMOVED, "soon") in self.events, "its end")
        self.follows((EVENT_JOB_ADDED, "soon"), (EVENT_JOB_REMOVED, "soon"))

    def test_runs_of_another_process_that_cannot_begin(self):
        """Who only listens learns of runs that another was to have."""
        events = []
        listener = self.scheduler(jobstores={"default": WatchkeeperJobStore(), "memory": {"type": "memory"}})
        listener.add_listener(lambda e: events.append((e.code, e.job_id, e.jobstore)), EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        listener.start()
        self.s.add_job(held, "interval", seconds=0.2, id="one-at-a-time")
        support.until(lambda: (EVENT_JOB_MAX_INSTANCES, "one-at-a-time", "default") in events, "a run too many")
        gate.set()
        self.s.remove_job("one-at-a-time")
        self.s.add_job(nothing, "date", run_date=datetime.datetime.now() - datetime.timedelta(seconds=30), id="late")
        support.until(lambda: (EVENT_JOB_MISSED, "late", "default") in events, "a run missed")
        # in a memory store the jobs of other programs are nobody's business
        self.s.add_job(nothing, run_date=datetime.datetime.now() - datetime.timedelta(seconds=30), id="mine", jobstore=self.memory())
        self.s.add_job(nothing, run_date=datetime.datetime.now() - datetime.timedelta(seconds=30), id="mark")
        support.until(lambda: (EVENT_JOB_MISSED, "mark", "default") in events, "the mark")
        self.assertNotIn((EVENT_JOB_MISSED, "mine", "memory"), events)

    def test_a_run_has_its_executor_though_its_job_is_gone(self):
        """The daemon removes a job that was due once before its run begins."""
        self.s.add_executor(ThreadPoolExecutor(1, {"thread_name_prefix": "other"}), "other")
        threads = []
        for n in range(20):
            self.s.add_job(lambda: threads.append(threading.current_thread().name), executor="other", id="once%d" % n, jobstore=self.memory())
        support.until(lambda: len(threads) == 20, "the runs")
        self.assertEqual({name.partition("_")[0] for name in threads}, {"other"})

    def memory(self):
        if "memory" not in self.s._places.stores:
            self.s.add_jobstore("memory", "memory")
        return "memory"


class Strange(unittest.TestCase):
    def test_an_answer_that_is_not_json(self):
        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"<html>")

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        with self.assertRaisesRegex(DaemonError, "the answer to GET /scheduler is not JSON"):
            watchkeeper.Daemon("http://127.0.0.1:%d" % server.server_port).ask("GET", "/scheduler")

    def test_lending_leaves_one_directory(self):
        with tempfile.TemporaryDirectory() as top:
            environ = dict(os.environ, TMPDIR=top, PYTHONDONTWRITEBYTECODE="1")
            command = [sys.executable, support.CLIENT, "run", os.path.join(PROGRAMS, "waits.py")]
            found = set()
            for _ in range(2):
                with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as process:
                    found.add(process.stdout.readline().decode().strip())
                    process.stdout.readline()
                    process.terminate()
            directory = os.path.dirname(found.pop())
            self.assertEqual((found, os.listdir(top)), (set(), [os.path.basename(directory)]))
            self.assertEqual(stat.S_IMODE(os.stat(directory).st_mode), 0o700)
            self.assertCountEqual(os.listdir(directory), ["apscheduler.py", "watchkeeper.py"])
            os.chmod(directory, 0o777)  # anybody may have written there: another is used, and removed in the end
            with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as process:
                other = os.path.dirname(process.stdout.readline().decode().strip())
                process.terminate()
            self.assertNotEqual(other, directory)


if __name__ == "__main__":
    unittest.main()
