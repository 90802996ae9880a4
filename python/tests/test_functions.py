"""The names of functions that have none of their own."""

import functools
import gc
import os
import subprocess
import sys
import threading
import unittest

import support
from watchkeeper import BackgroundScheduler, Functions, WatchkeeperJobStore, obj_to_ref

calls = []


def send(user):
    calls.append(user)


class Report:
    def __init__(self, user):
        self.user = user

    def send(self):
        calls.append(self.user)

    @classmethod
    def weekly(cls):
        calls.append("weekly")


class Daily(Report):
    pass


def closure(held):
    def inner():
        return held

    return inner


class Names(unittest.TestCase):
    """A process's name for a function is that of another for the same."""

    def name(self, func, shared=True):
        """As a process says that has added nothing else."""
        return Functions().add(func, None, shared)

    def test_what_is_held_tells_them_apart(self):
        for one, same, other in (
            (functools.partial(send, 1), functools.partial(send, 1), functools.partial(send, 2)),
            (functools.partial(send, user="a"), functools.partial(send, user="a"), functools.partial(send, user="b")),
            (Report(1).send, Report(1).send, Report(2).send),
            (Report(1).send, Report(1).send, Daily(1).send),
            (closure(1), closure(1), closure(2)),
            (closure(send), closure(send), closure(obj_to_ref)),
            (closure({"a", "b"}), closure({"b", "a"}), closure({"a", "c"})),
            (lambda n=1: n, lambda n=1: n, lambda n=2: n),
            (lambda: calls.append(1), lambda: calls.append(1), lambda: calls.append(2)),
            (functools.partial(functools.partial(send), Report), functools.partial(send, Report), functools.partial(send, Daily)),
            ([1].append, [1].append, [2].append),
        ):
            self.assertEqual(self.name(one), self.name(same))
            self.assertNotEqual(self.name(one), self.name(other))

    def test_what_has_no_form_in_json(self):
        # a recurring job of several processes: each has its own connection
        self.assertEqual(self.name(closure(threading.Lock())), self.name(closure(threading.Lock())))
        self.assertNotEqual(self.name(closure(threading.Lock())), self.name(closure(threading.Event())))
        # a job that is due once is meant for this very object
        self.assertNotEqual(self.name(closure(threading.Lock()), False), self.name(closure(threading.Lock()), False))
        self.assertEqual(self.name(closure(1), False), self.name(closure(1), False))

    def test_names_do_not_depend_on_the_process(self):
        words = "import sys; sys.path[:0] = %r; import watchkeeper as w; print(w.Functions().add(lambda a={'x', 'y', 'z'}: a in {'p', 'q', 'r'}, None))" % sys.path
        found = set()
        for seed in ("1", "2", "3"):
            found.add(subprocess.check_output([sys.executable, "-c", words], env=dict(os.environ, PYTHONHASHSEED=seed)))
        self.assertEqual(len(found), 1, found)

    def test_one_process(self):
        functions = Functions()
        first, second = Report(1), Report(1)
        names = [functions.add(f, None) for f in (first.send, second.send, first.send)]
        self.assertEqual(names[0], names[2])
        self.assertEqual(names[1], names[0] + "_2")
        self.assertEqual(functions.get(names[1]), second.send)
        self.assertEqual(functions.add(Report.weekly, obj_to_ref(Report.weekly)), "test_functions:Report.weekly")
        self.assertRegex(functions.add(first.send, obj_to_ref(first.send)), "^test_functions:Report.send_[0-9a-f]{12}$")


class Jobs(unittest.TestCase):
    def setUp(self):
        calls.clear()
        self.daemon = support.Daemon().start()
        self.addCleanup(self.daemon.close)

    def test_two_processes_run_their_own(self):
        sent = os.path.join(self.daemon.dir, "sent")
        environ = dict(os.environ, WATCHKEEPER_URL=self.daemon.url, SENT=sent, PYTHONDONTWRITEBYTECODE="1")
        program = os.path.join(support.HERE, "programs", "partials.py")
        both = [subprocess.Popen([sys.executable, support.CLIENT, "run", program, user], env=environ) for user in ("ann", "bob")]

        def lines():
            try:
                with open(sent, encoding="utf-8") as file:
                    return file.read().splitlines()
            except FileNotFoundError:
                return []

        try:
            for line in ("ann: ann", "bob: bob"):
                support.until(lambda: lines().count(line) > 20, "runs of both")
            jobs = self.daemon.ask("GET", "/jobs?jobstore=memory")["jobs"]
            self.assertEqual(len(jobs), 2 * 4 + 1, [job["func"] for job in jobs])  # the last one is of both
        finally:
            with open(sent + ".enough", "w"):
                pass
            codes = [process.wait(20) for process in both]
        self.assertEqual(codes, [0, 0])
        self.assertEqual({line for line in lines() if "all" not in line}, {"ann: ann", "bob: bob"})

    def test_what_has_run_is_forgotten(self):
        s = BackgroundScheduler(watchkeeper={"url": self.daemon.url})
        s.start()
        self.addCleanup(s.shutdown)
        s.add_job(functools.partial(send, "often"), "interval", hours=1, id="often")
        for n in range(150):
            s.add_job(functools.partial(send, n))
        support.until(lambda: len(calls) == 150, "the runs")
        support.until(lambda: len(s._stored.functions.names()) == 1 and len(s._stored.handles.all()) == 1, "them to be forgotten")
        s.add_job(functools.partial(send, "last"), "interval", hours=1, id="last")
        told = self.daemon.ask("GET", "/executors/app/workers")["items"][0]["functions"]
        self.assertLess(len(told), 2 + 100 + 1)
        s.modify_job("often", func=functools.partial(send, "other"))
        s.remove_job("last")
        gc.collect()
        self.assertIs(s.get_job("often").func.func, send)
        self.assertEqual(s.get_job("often").func.args, ("other",))

    def test_a_method_in_a_store_that_lasts(self):
        s = BackgroundScheduler(watchkeeper={"url": self.daemon.url}, jobstores={"default": WatchkeeperJobStore()})
        s.start()
        self.addCleanup(s.shutdown)
        for user in ("ann", "bob"):
            s.add_job(Report(user).send, "interval", seconds=0.2, id=user)
        support.until(lambda: calls.count("ann") > 2 and calls.count("bob") > 2, "runs of both")

    def test_more_functions_than_one_request_takes(self):
        s = BackgroundScheduler(watchkeeper={"url": self.daemon.url})
        for n in range(10500):
            s._stored.functions.add(functools.partial(send, n), None)
        s.start()
        self.addCleanup(s.shutdown)
        self.assertEqual(len(self.daemon.ask("GET", "/executors/app/workers")["items"][0]["functions"]), 10500)


if __name__ == "__main__":
    unittest.main()
