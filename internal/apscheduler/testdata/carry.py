"""For TestArgumentsAreCarried. "write" prints jobs as APScheduler stores them, each
with an argument that JSON has no form for: a line with its expression, the protocol
and the pickle in hexadecimal digits. "compare" reads lines with such a pickle and
what the arguments have become, has the worker's program make values of them, and
prints those that are not equal."""
import datetime
import decimal
import io
import json
import math
import pickle
import sys
import types
import uuid
import zoneinfo

import pytz

sys.path.insert(0, "testdata")
import jobsmod

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
PYTZ = pytz.timezone("Europe/Berlin")
AUTUMN = datetime.datetime(2030, 10, 27, 2, 30)  # twice
SPRING = datetime.datetime(2030, 3, 31, 2, 30)  # never
slots = jobsmod.Both()

VALUES = """
datetime.datetime(2030, 1, 31, 12, 30)
datetime.datetime(1, 1, 1, 0, 0, 0, 1)
datetime.datetime(2030, 1, 31, 12, 30, 59, 999999, tzinfo=datetime.timezone.utc)
datetime.datetime(2030, 1, 31, tzinfo=datetime.timezone(-datetime.timedelta(hours=3, minutes=30, seconds=7)))
datetime.datetime(2030, 1, 31, tzinfo=datetime.timezone(datetime.timedelta(hours=1), "Z \\u00fc"))
datetime.datetime(2030, 1, 31, tzinfo=BERLIN)
AUTUMN.replace(tzinfo=BERLIN)
AUTUMN.replace(tzinfo=BERLIN, fold=1)
SPRING.replace(tzinfo=BERLIN)
SPRING.replace(tzinfo=BERLIN, fold=1)
AUTUMN.replace(fold=1)
datetime.datetime(2030, 1, 31, tzinfo=pytz.utc)
PYTZ.localize(datetime.datetime(2030, 7, 31))
PYTZ.localize(AUTUMN, is_dst=True)
PYTZ.localize(AUTUMN, is_dst=False)
AUTUMN.replace(tzinfo=PYTZ)
datetime.datetime(2030, 7, 31, tzinfo=pytz.FixedOffset(-330))
datetime.date(2030, 1, 31)
datetime.time(12, 30)
datetime.time(23, 59, 59, 999999, fold=1)
datetime.time(12, tzinfo=datetime.timezone.utc)
datetime.time(12, tzinfo=BERLIN)
datetime.time(12, tzinfo=PYTZ)
datetime.timedelta(seconds=90, microseconds=500000)
datetime.timedelta(-1)
datetime.timedelta.max
datetime.timedelta.min
datetime.timezone.utc
datetime.timezone(datetime.timedelta(hours=-5), "EST")
BERLIN
PYTZ
pytz.utc
pytz.FixedOffset(330)
b"\\x00\\x01\\xff"
b""
bytearray(b"\\x00\\xff")
(1, (2, [3], {"a": ()}), "x")
{1, "x", (2, 3)}
set()
frozenset([1, frozenset([2])])
{1: "one", "a": 2.0, None: {(1, 2): b"x"}}
{"$py": "bytes", "value": "AAH/"}
[{"a": {"$py": 1}}]
float("nan")
[float("inf"), float("-inf"), -0.0, 1e300]
complex(1.5, -2)
complex(float("inf"), 0)
decimal.Decimal("19.90")
decimal.Decimal("-1E+5")
decimal.Decimal("sNaN123")
uuid.UUID("00000000-0000-0000-0000-000000000005")
uuid.UUID("12345678-1234-5678-1234-567812345678")
jobsmod.callback
jobsmod.Svc
jobsmod.Color.RED
jobsmod.Svc((1, b"x"))
jobsmod.Own({"when": datetime.date(2030, 1, 31)})
slots
jobsmod.Point(1, [2])
len
"""


def write():
    for line in VALUES.strip().splitlines():
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            value = eval(line)
            state = {
                "version": 1, "id": "j", "func": "jobsmod:work", "trigger": None, "executor": "default", "args": (value, "a"), "kwargs": {"$py": value},
                "name": "j", "misfire_grace_time": 1, "coalesce": True, "max_instances": 1, "next_run_time": None,
            }
            try:
                if isinstance(value, jobsmod.Point) and protocol < 2:  # which call a base class for it
                    continue
                data = pickle.dumps(state, protocol)
            except TypeError:  # of slots: protocols 0 and 1 know none
                continue
            print(json.dumps({"value": line, "protocol": protocol, "state": data.hex()}))


class Unpickler(pickle._Unpickler):
    """Knows the triggers of no release: they are not looked at."""

    def find_class(self, module, name):
        if module.startswith("apscheduler."):
            return type(name, (), {"__setstate__": lambda self, state: None})
        return super().find_class(module, name)


def same(a, b):
    """Whether both are equal, with all that is in them, and of the same types."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float) and math.isnan(a):
        return math.isnan(b)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(same, a, b)) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (datetime.datetime, datetime.time)):
        return repr(a) == repr(b) and same(a.tzinfo, b.tzinfo)
    if isinstance(a, decimal.Decimal):
        return repr(a) == repr(b)
    if isinstance(a, (jobsmod.Svc, jobsmod.Slots, jobsmod.Own)):
        return same(attributes(a), attributes(b))
    return a == b


def attributes(a):
    names = list(getattr(a, "__dict__", ())) + list(getattr(type(a), "__slots__", ())) + ["a", "b"]
    return {name: getattr(a, name) for name in sorted(names) if hasattr(a, name)}


def compare():
    worker = types.ModuleType("watchkeeper_worker")
    program = "".join(open("../../executor/python/" + name, encoding="utf-8").read() for name in ("values.py", "worker.py"))
    exec(compile(program, "<watchkeeper worker>", "exec"), worker.__dict__)
    compared = 0
    for line in sys.stdin:
        told = json.loads(line)
        want = Unpickler(io.BytesIO(bytes.fromhex(told["state"]))).load()
        arguments = worker.Arguments(worker.resolve)
        try:
            args, kwargs = arguments.make(told["args"]["args"], told["args"]["kwargs"])
        except Exception as error:
            print("%s: %s: %r" % (told["value"], arguments.where(), error))
            continue
        if not same(list(want["args"]), args):
            print("%s: args %r, want %r" % (told["value"], args, want["args"]))
        if not same(want["kwargs"], kwargs):
            print("%s: kwargs %r, want %r" % (told["value"], kwargs, want["kwargs"]))
        compared += 1
    print("compared", compared)


{"write": write, "compare": compare}[sys.argv[1]]()
