"""The names of APScheduler: those of 3.11.2, those of the release here, and the table of docs/python-client.md."""

import json
import os
import re
import subprocess
import unittest

import support
import watchkeeper

TABLE = os.path.join(support.HERE, "..", "..", "docs", "python-client.md")

# Names of APScheduler that are no part of its documented interface: how its parts talk
# with each other.
INNER = re.compile(
    r"^(?:util:(?:timedelta_seconds|datetime_ceil|normalize|localize|utc_timestamp_to_datetime|datetime_to_utc_timestamp|datetime_repr"
    r"|repr_escape|iscoroutinefunction_partial|time_exists|asdate|datetime_utc_add|timezone_repr)"
    r"|executors\.base:(?:run_job|run_coroutine_job|BaseExecutor\.\w+)|executors\.base_py3:.*|executors\.\w+:\w+Executor\.\w+"
    r"|jobstores\.\w+:\w+JobStore\.\w+"
    r"|schedulers\.\w+:(?:run_in_event_loop|run_in_ioloop|run_in_reactor|QtScheduler\.\w+|TwistedScheduler\.\w+|TornadoScheduler\.\w+|GeventScheduler\.\w+)"
    r"|schedulers\.(?:asyncio|blocking|background):\w+\.(?:start|shutdown|wakeup)"
    r"|triggers\.(?:cron\.|interval|date|calendarinterval|combining|cron).*\.get_next_fire_time"
    r"|triggers\.cron\.(?:expressions|fields):.*|triggers\.cron:CronTrigger\.(?:FIELD_NAMES|FIELDS_MAP)|triggers\.combining:\w+\..*)$"
)

WALK = """
import importlib, inspect, json, pkgutil, apscheduler
found = []
for info in pkgutil.walk_packages(apscheduler.__path__, "apscheduler."):
    try:
        module = importlib.import_module(info.name)
    except ImportError:
        continue
    home = info.name[len("apscheduler."):]
    for name, value in vars(module).items():
        if name.startswith("_") or inspect.ismodule(value):
            continue
        own = getattr(value, "__module__", info.name) == info.name
        constant = isinstance(value, int) and (home == "events" or name.startswith("STATE_") and home == "schedulers.base")
        if not constant and not (own and (isinstance(value, type) or inspect.isfunction(value))):
            continue
        found.append("%s:%s" % (home, name))
        if isinstance(value, type):
            for member, thing in vars(value).items():
                if not member.startswith("_") and (inspect.isfunction(thing) or isinstance(thing, (property, classmethod))):
                    found.append("%s:%s.%s" % (home, name, member))
print(json.dumps(found))
"""


def table():
    """The rows of the table: names, and what is said of them."""
    with open(TABLE, encoding="utf-8") as file:
        return dict(re.findall(r"^\| `([\w.]+:[\w.]+)` \| (.*) \|$", file.read(), re.M))


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        watchkeeper.lend()

    def find(self, name):
        module, _, path = name.partition(":")
        found = __import__("apscheduler." + module, fromlist=["x"])
        for part in path.split("."):
            found = getattr(found, part)
        return found

    def test_each_row_of_the_table(self):
        rows = table()
        self.assertGreater(len(rows), 100)
        for name, said in rows.items():
            with self.subTest(name):
                self.assertRegex(said, r"^(= ?(;.*)?|different: .+|refused: .+)$")
                refused = said.startswith("refused")
                if name.startswith("job:Job.next"):
                    self.assertIsInstance(self.find(name), property)
                    continue
                if name == "job:Job.pending":
                    continue  # of an instance: test_schedulers
                if name.endswith((".state",)):
                    self.assertEqual(self.find("schedulers.background:BackgroundScheduler")().state, 0)
                    continue
                found = self.find(name)
                if refused and isinstance(found, type):
                    with self.assertRaisesRegex(watchkeeper.Unsupported, name.rpartition(":")[2]):
                        found()
                elif refused:
                    with self.assertRaises(watchkeeper.Unsupported):
                        found(None, None)
                else:
                    self.assertFalse(hasattr(found, "refused"))

    def test_each_name_of_the_release_here(self):
        walk = subprocess.run(["/usr/bin/python3", "-c", WALK], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if walk.returncode:
            self.assertNotEqual(os.environ.get("CI"), "true", walk.stderr)
            self.skipTest("Debian's python3-apscheduler is not installed")
        self.assertEqual(self.missing(json.loads(walk.stdout)), [])

    def test_each_name_of_3_11(self):
        with open(os.path.join(support.HERE, "names_3.11.2.txt"), encoding="utf-8") as file:
            names = [line.strip() for line in file if not line.startswith("#")]
        self.assertGreater(len(names), 250)
        self.assertEqual(self.missing(names), [])
        of_instances = {"schedulers.base:BaseScheduler.state", "job:Job.next_run_time", "util:undefined"}  # no def or class has them
        self.assertEqual(set(table()) - set(names) - of_instances, set())

    def missing(self, names):
        """Those of the names that the table does not have, nor is a part of it that is not documented."""
        rows = table()
        missing = []
        for name in names:
            inherited = re.sub(r"^schedulers\.\w+:\w+\.", "schedulers.base:BaseScheduler.", name)
            inherited = re.sub(r"^triggers\.[\w.]+:\w+\.get_next", "triggers.base:BaseTrigger.get_next", inherited)
            if name not in rows and inherited not in rows and not INNER.match(name):
                missing.append(name)
        return missing

    def test_event_codes(self):
        names = [n for n in watchkeeper.HOMES["apscheduler.events"] if n.startswith("EVENT_")]
        single = sorted({getattr(watchkeeper, n) for n in names} - {watchkeeper.EVENT_ALL})
        self.assertEqual(single, [2**n for n in range(17)])
        self.assertEqual(watchkeeper.EVENT_ALL, 131071)


if __name__ == "__main__":
    unittest.main()
