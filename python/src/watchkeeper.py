"""APScheduler's names over a Watchkeeper daemon.

    from watchkeeper import BackgroundScheduler

    scheduler = BackgroundScheduler()
    scheduler.add_job(tick, "interval", seconds=10)
    scheduler.start()

or, with a program as it is: ``python3 watchkeeper.py run prog.py``, which lends
this file the name ``apscheduler``.

The daemon has the jobs: their times, policies and histories. The functions run
here, in the process that has registered them: it waits for runs at the daemon's
executor of type remote, carries them out in its own threads or on its event
loop, and brings the results back. So several processes that register the same
function share its runs, and none is run twice.

This file needs Python 3.8 and its standard library. Nothing is pickled; the
daemon names functions, and only those that this program has are called.
docs/python-client.md says what is as in APScheduler, and what is not.

The parts, in order: errors, events, values, triggers, the daemon, functions,
job stores, executors, the worker, jobs, schedulers, and the lending of the name.
"""

import asyncio
import atexit
import base64
import collections
import collections.abc
import concurrent.futures
import concurrent.futures.process
import concurrent.futures.thread
import contextlib
import contextvars
import datetime
import decimal
import functools
import hashlib
import http.client
import importlib
import importlib.util
import inspect
import json
import logging
import math
import multiprocessing
import os
import re
import runpy
import shutil
import socket
import ssl
import stat
import sys
import sysconfig
import tempfile
import threading
import time
import traceback
import types
import urllib.parse
import uuid
import warnings
import weakref
from typing import AbstractSet, Any, Callable, ContextManager, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Set, TextIO, Tuple, Type, Union

version = "3.11.2"
"""The release of APScheduler whose names these are."""
version_info = (3, 11, 2)
release = __version__ = version

Options = Dict[str, Any]
"""The options of a section [job:x] of the daemon, by their names."""

undefined: Any = type("undefined", (), {"__repr__": lambda self: "<undefined>", "__bool__": lambda self: False})()
"""What is not given, where None means something."""


# ---------------------------------------------------------------- errors


class SchedulerAlreadyRunningError(Exception):
    """start() or configure() of a scheduler that has been started."""

    def __str__(self) -> str:
        return "Scheduler is already running"


class SchedulerNotRunningError(Exception):
    """shutdown(), pause() or resume() of one that has not."""

    def __str__(self) -> str:
        return "Scheduler is not running"


class JobLookupError(KeyError):
    """There is no job with the id."""

    def __init__(self, job_id: str):
        super().__init__("No job by the id of %s was found" % job_id)


class ConflictingIdError(KeyError):
    """There is a job with the id already."""

    def __init__(self, job_id: str):
        super().__init__("Job identifier (%s) conflicts with an existing job" % job_id)


class TransientJobError(ValueError):
    """A job with a function that other processes cannot name, for a store that outlives this one."""

    def __init__(self, job_id: str):
        super().__init__(
            "Job (%s) cannot be added to this job store because a reference to its callable could not be determined." % job_id
        )


class MaxInstancesReachedError(Exception):
    """As many runs of the job live as may. The daemon says so by an event, EVENT_JOB_MAX_INSTANCES."""

    def __init__(self, job: "Job"):
        super().__init__('Job "%s" has already reached its maximum number of instances (%d)' % (job.id, job.max_instances))


class DaemonAway(ConnectionError):
    """The daemon did not answer within the time that the program sets (the option
    patience, or WATCHKEEPER_PATIENCE)."""


class DaemonError(RuntimeError):
    """The daemon has refused something. type is its kind of problem, such as
    "no-scheduler"; status that of HTTP."""

    def __init__(self, status: int, type: str, text: str):
        super().__init__(text)
        self.status = status
        self.type = type


class DaemonConfigurationError(RuntimeError):
    """The daemon lacks a section that this program needs. The text has its lines."""


class Unsupported(NotImplementedError):
    """A part of APScheduler that is not here. The text says what to use."""


# ---------------------------------------------------------------- events

EVENT_SCHEDULER_STARTED = EVENT_SCHEDULER_START = 2**0
EVENT_SCHEDULER_SHUTDOWN = 2**1
EVENT_SCHEDULER_PAUSED = 2**2
EVENT_SCHEDULER_RESUMED = 2**3
EVENT_EXECUTOR_ADDED = 2**4
EVENT_EXECUTOR_REMOVED = 2**5
EVENT_JOBSTORE_ADDED = 2**6
EVENT_JOBSTORE_REMOVED = 2**7
EVENT_ALL_JOBS_REMOVED = 2**8
EVENT_JOB_ADDED = 2**9
EVENT_JOB_REMOVED = 2**10
EVENT_JOB_MODIFIED = 2**11
EVENT_JOB_EXECUTED = 2**12
EVENT_JOB_ERROR = 2**13
EVENT_JOB_MISSED = 2**14
EVENT_JOB_SUBMITTED = 2**15
EVENT_JOB_MAX_INSTANCES = 2**16
EVENT_ALL = 2**17 - 1


class SchedulerEvent:
    """What happened to the scheduler, an executor or a job store; alias is its name."""

    def __init__(self, code: int, alias: Optional[str] = None):
        self.code = code
        self.alias = alias

    def __repr__(self) -> str:
        return "<%s (code=%d)>" % (type(self).__name__, self.code)


class JobEvent(SchedulerEvent):
    """What happened to a job."""

    def __init__(self, code: int, job_id: str, jobstore: Optional[str]):
        super().__init__(code)
        self.job_id = job_id
        self.jobstore = jobstore


class JobSubmissionEvent(JobEvent):
    """Runs of a job that begin, or that cannot."""

    def __init__(self, code: int, job_id: str, jobstore: Optional[str], scheduled_run_times: List[datetime.datetime]):
        super().__init__(code, job_id, jobstore)
        self.scheduled_run_times = scheduled_run_times


class JobExecutionEvent(JobEvent):
    """How a run has ended: retval is what the function has returned, or exception
    what it has raised, with the traceback as text."""

    def __init__(
        self,
        code: int,
        job_id: str,
        jobstore: Optional[str],
        scheduled_run_time: datetime.datetime,
        retval: Any = None,
        exception: Optional[BaseException] = None,
        traceback: Optional[str] = None,
    ):
        super().__init__(code, job_id, jobstore)
        self.scheduled_run_time = scheduled_run_time
        self.retval = retval
        self.exception = exception
        self.traceback = traceback


class Listeners:
    """Who is told of which events. They are called one after another, in the thread
    in which the event has happened; what they raise is logged."""

    def __init__(self, logger: logging.Logger):
        self._logger = logger
        self._lock = threading.Lock()
        self._all: List[Tuple[Callable[[Any], None], int]] = []

    def add(self, callback: Callable[[Any], None], mask: int) -> None:
        with self._lock:
            self._all.append((callback, mask))

    def remove(self, callback: Callable[[Any], None]) -> None:
        with self._lock:
            for i, (known, _) in enumerate(self._all):
                if known == callback:
                    del self._all[i]
                    return

    @property
    def mask(self) -> int:
        """The events that anybody listens to."""
        with self._lock:
            return functools.reduce(int.__or__, (mask for _, mask in self._all), 0)

    def tell(self, event: SchedulerEvent) -> None:
        with self._lock:
            callbacks = [callback for callback, mask in self._all if event.code & mask]
        for callback in callbacks:
            try:
                callback(event)
            except BaseException:
                self._logger.exception("Error notifying listener")


# ---------------------------------------------------------------- values

TAG = "$py"
"""The member of a JSON object that stands for a value of Python: {"$py": "date", "value": "2030-01-31"}."""


def encode(value: Any, path: str) -> Any:
    """The JSON form of an argument. path says where it stands, such as args[0].when.
    TypeError, with the path, where there is none: what a process has in its memory,
    such as a connection, no other can be given."""
    kind = type(value)
    if value is None or kind in (bool, int):
        return value
    if kind is str:
        return _whole(value, path)
    if kind is float:
        return value if math.isfinite(value) else {TAG: "float", "value": repr(value)}
    if kind is list:
        return [encode(item, "%s[%d]" % (path, i)) for i, item in enumerate(value)]
    if kind in (tuple, set, frozenset):
        return {TAG: kind.__name__, "value": [encode(item, "%s[%d]" % (path, i)) for i, item in enumerate(value)]}
    if kind is dict:
        return _encode_dict(value, path)
    tag = _ENCODERS.get(kind)
    if tag is None:
        raise TypeError(
            "%s: %s is not JSON, and the run may be in another process: give its id or its fields instead" % (path, _a_value_of(kind))
        )
    try:
        return tag(value)
    except ValueError as error:
        raise ValueError("%s: %s" % (path, error)) from None


def _a_value_of(kind: type) -> str:
    name = kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else "%s.%s" % (kind.__module__, kind.__qualname__)
    return ("an " if name[:1].lower() in "aeiou" else "a ") + name


def _whole(text: str, path: str) -> str:
    """The text; ValueError for one with a half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("%s: it has half a character (a lone surrogate), which JSON cannot carry" % path) from None
    return text


def json_text(value: Any) -> bytes:
    """JSON, with all that is not ASCII escaped: so texts with half a character have a form, too."""
    return json.dumps(value, separators=(",", ":")).encode()


def _encode_dict(value: Dict[Any, Any], path: str) -> Any:
    if TAG not in value and all(type(key) is str for key in value):
        return {_whole(key, "%s: a key" % path): encode(item, "%s.%s" % (path, key)) for key, item in value.items()}
    pairs = [[encode(key, "%s: a key" % path), encode(item, "%s[%r]" % (path, key))] for key, item in value.items()]
    return {TAG: "dict", "value": pairs}


def _tagged(tag: str, text: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: {TAG: tag, "value": text(value)}


def _encode_moment(value: Union[datetime.datetime, datetime.time]) -> Any:
    """A datetime or a time. Its zone stays one of zoneinfo, or of pytz; the offset
    stands for that of another library."""
    tag: Dict[str, Any] = {TAG: "datetime" if isinstance(value, datetime.datetime) else "time", "value": value.isoformat()}
    if value.fold:
        tag["fold"] = 1
    key = getattr(value.tzinfo, "key", None)  # of zoneinfo
    if isinstance(key, str):
        tag["zone"] = key
    elif value.tzinfo is not None and hasattr(value.tzinfo, "localize"):
        pytz_name = zone_name(value.tzinfo)
        offset = value.tzinfo.utcoffset(None) if pytz_name is None else None  # of pytz.FixedOffset
        if pytz_name is not None or offset is not None:
            tag["zone"] = {TAG: "pytz", "value": pytz_name if offset is None else int(offset.total_seconds()) // 60}
    return tag


_ENCODERS: Dict[type, Callable[[Any], Any]] = {
    datetime.datetime: _encode_moment,
    datetime.time: _encode_moment,
    datetime.date: _tagged("date", datetime.date.isoformat),
    datetime.timedelta: _tagged("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    bytes: _tagged("bytes", lambda value: base64.b64encode(value).decode()),
    bytearray: _tagged("bytearray", lambda value: base64.b64encode(value).decode()),
    complex: _tagged("complex", lambda value: [value.real, value.imag]),
    decimal.Decimal: _tagged("Decimal", str),
    uuid.UUID: _tagged("UUID", str),
}


def decode(value: Any) -> Any:
    """The value of a JSON form. Classes and functions that it may name are not
    looked for: ValueError."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if TAG not in value:
        return {key: decode(item) for key, item in value.items()}
    tag, content = value[TAG], value.get("value")
    if tag in ("datetime", "time"):
        return _decode_moment(value)
    if tag == "timezone":
        return _offset(str(content), *([value["name"]] if "name" in value else []))
    if tag not in _DECODERS:
        raise ValueError("an argument is of the kind %r, which only workers of the daemon make" % tag)
    return _DECODERS[tag](decode(content))


def _decode_moment(value: Dict[str, Any]) -> Any:
    kind: Any = datetime.datetime if value[TAG] == "datetime" else datetime.time
    text = value["value"]
    moment = kind.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    tz = value.get("zone")
    if tz is None:
        return moment.replace(fold=value.get("fold", 0))
    folds = (value["fold"],) if "fold" in value else (0, 1)
    return _in_zone(moment, _named_zone(tz) if isinstance(tz, str) else decode(tz), folds)


def _in_zone(moment: Any, tz: Any, folds: Sequence[int]) -> Any:
    """What the clocks of tz show as moment shows it; of two that they show alike the
    one with its offset, if it has one."""
    naive, offset = moment.replace(tzinfo=None), moment.utcoffset()
    localize = getattr(tz, "localize", None)  # of pytz
    if localize is not None and isinstance(moment, datetime.datetime):
        found = [localize(naive, is_dst=False), localize(naive, is_dst=True), naive.replace(tzinfo=tz)]
        found = [at.replace(fold=folds[0]) for at in found]
    else:
        found = [naive.replace(tzinfo=tz, fold=fold) for fold in folds]
    for at in found:
        if offset is None or at.utcoffset() == offset:
            return at
    raise ValueError("the clocks of %s do not show %s with the offset %s" % (tz, naive, offset))


def _offset(text: str, *name: str) -> datetime.timezone:
    """A timezone of its offset, such as +01:00, and of its name, if it has one."""
    match = re.fullmatch(r"([+-])(\d\d):(\d\d)(?::(\d\d))?", "+00:00" if text == "Z" else text)
    if match is None:
        raise ValueError("%r is no offset of a time zone" % text)
    sign, hours, minutes, seconds = match.groups()
    delta = datetime.timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    return datetime.timezone(-delta if sign == "-" else delta, *name)


def _pytz(value: Union[str, int]) -> datetime.tzinfo:
    """A zone of pytz: by its name, or of minutes."""
    pytz = importlib.import_module("pytz")
    found: datetime.tzinfo = pytz.FixedOffset(value) if isinstance(value, int) else pytz.timezone(value)
    return found


_DECODERS: Dict[str, Callable[[Any], Any]] = {
    "date": datetime.date.fromisoformat,
    "timedelta": lambda value: datetime.timedelta(*value) if isinstance(value, list) else datetime.timedelta(seconds=value),
    "bytes": base64.b64decode,
    "bytearray": lambda value: bytearray(base64.b64decode(value)),
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "dict": dict,
    "float": float,
    "complex": lambda value: complex(*value),
    "Decimal": decimal.Decimal,
    "UUID": uuid.UUID,
    "ZoneInfo": lambda name: _named_zone(name),
    "pytz": _pytz,
}


# ---------------------------------------------------------------- time zones and moments


def zone(name: str) -> datetime.tzinfo:
    """The time zone with a name: of zoneinfo, or of pytz on Python 3.8."""
    if name.upper() == "UTC":
        return datetime.timezone.utc
    if re.fullmatch(r"[+-]\d\d:\d\d", name):
        return _offset(name)
    return _named_zone(name)


def _named_zone(name: str) -> datetime.tzinfo:
    """The zone of zoneinfo, or of pytz on Python 3.8."""
    try:
        from zoneinfo import ZoneInfo
    except ImportError:  # Python 3.8
        if name.upper() == "UTC":
            return datetime.timezone.utc
        try:
            return _pytz(name)
        except ImportError:
            raise Unsupported("the time zone %s needs Python 3.9, or pytz: Python 3.8 knows none by name" % name) from None
    return ZoneInfo(name)


def zone_name(tz: Union[str, datetime.tzinfo, None]) -> Optional[str]:
    """The name by which the daemon knows a time zone; None for None, and for one
    that has no name."""
    if tz is None or isinstance(tz, str):
        return tz
    for attribute in ("key", "zone"):  # of zoneinfo, of pytz
        name = getattr(tz, attribute, None)
        if isinstance(name, str):
            return name
    if isinstance(tz, datetime.timezone):
        seconds = int(tz.utcoffset(None).total_seconds())
        if seconds % 60 == 0:
            sign, minutes = "-" if seconds < 0 else "+", abs(seconds) // 60
            return "UTC" if seconds == 0 else "%s%02d:%02d" % (sign, minutes // 60, minutes % 60)
    return None


def machine_zone() -> Optional[str]:
    """The name of this machine's time zone, as far as it has one."""
    name = os.environ.get("TZ", "").lstrip(":")
    if name and not name.startswith("/"):
        return name
    path = os.path.realpath("/etc/localtime")
    if "/zoneinfo/" in path:
        return path.split("/zoneinfo/", 1)[1]
    try:
        with open("/etc/timezone", encoding="utf-8") as file:
            return file.read().strip() or None
    except OSError:
        return None


def local_zone() -> datetime.tzinfo:
    """This machine's time zone; with its present offset only where nobody knows more."""
    name = machine_zone()
    if name:
        try:
            return zone(name)
        except Exception:  # a zone that Python does not have, or none of pytz's
            pass
    found = datetime.datetime.now().astimezone().tzinfo
    assert found is not None
    return found


_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)?)?")

Moment = Union[datetime.datetime, datetime.date, str]


def as_datetime(value: Moment, tz: Optional[datetime.tzinfo], name: str) -> datetime.datetime:
    """A date, a datetime or a text as APScheduler reads it; without a zone of its own
    it is in tz."""
    if isinstance(value, datetime.datetime):
        at = value
    elif isinstance(value, datetime.date):
        at = datetime.datetime.combine(value, datetime.time())
    elif isinstance(value, str):
        match = _DATE.fullmatch(value)
        if match is None:
            raise ValueError("Invalid date string")
        year, month, day, hour, minute, second, fraction, offset = match.groups()
        at = datetime.datetime(*(int(part or 0) for part in (year, month, day, hour, minute, second)), int((fraction or "").ljust(6, "0")))  # type: ignore[misc,arg-type]
        if offset:
            at = at.replace(tzinfo=zone("UTC" if offset == "Z" else offset))
    else:
        raise TypeError("Unsupported type for %s: %s" % (name, type(value).__name__))
    if at.tzinfo is not None or tz is None:
        return at
    localize = getattr(tz, "localize", None)  # of pytz
    there: datetime.datetime = localize(at) if localize else at.replace(tzinfo=tz)
    return there


def moment_text(at: datetime.datetime) -> str:
    """The form in which the daemon takes a moment."""
    if at.tzinfo is None:
        at = at.astimezone()
    return at.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def from_daemon(text: Optional[str], tz: Optional[datetime.tzinfo]) -> Optional[datetime.datetime]:
    """A moment that the daemon tells."""
    if not text:
        return None
    match = re.fullmatch(r"(.{19})(?:\.(\d+))?Z", text)
    if match is None:
        return datetime.datetime.fromisoformat(text)
    at = datetime.datetime.fromisoformat(match.group(1)).replace(
        microsecond=int((match.group(2) or "0")[:6].ljust(6, "0")), tzinfo=datetime.timezone.utc
    )
    return at.astimezone(tz)


def shown(at: Optional[datetime.datetime]) -> str:
    """A moment as listings show it."""
    return at.strftime("%Y-%m-%d %H:%M:%S %Z") if at else str(at)


# ---------------------------------------------------------------- triggers


class BaseTrigger:
    """When a job is due. The daemon works the times out: a trigger here says it in the
    daemon's words, options()."""

    kind = ""
    timezone: Optional[datetime.tzinfo] = None
    start_date: Optional[datetime.datetime] = None
    end_date: Optional[datetime.datetime] = None
    jitter: Optional[float] = None

    def options(self) -> Options:
        """The options of a section [job:x] that say this."""
        raise NotImplementedError

    def text(self) -> str:
        """The same as one text, for triggers within others."""
        words = ", ".join(
            "%s='%s'" % (key, str(value).replace("\\", "\\\\").replace("'", "\\'")) for key, value in self.options().items() if key != "trigger"
        )
        return "%s[%s]" % (self.kind, words)

    def beginning(self, at: datetime.datetime) -> Options:
        """The options of a trigger that is due at a moment, and then as this one is
        after that."""
        later = dict(self.options())
        begin = at + datetime.timedelta(microseconds=1)
        if self.start_date is None or self.start_date < begin:
            later["start_date"] = moment_text(begin)
        return self._first_at(at, StoredTrigger(later, "").text())

    @staticmethod
    def _first_at(at: datetime.datetime, rest: str) -> Options:
        return {"trigger": "or", "triggers": "date[run_date='%s'], %s" % (moment_text(at), rest)}

    def get_next_fire_time(
        self, previous_fire_time: Optional[datetime.datetime], now: datetime.datetime
    ) -> Optional[datetime.datetime]:
        """The first time after the previous one, or from now on. The daemon is asked."""
        after = now
        if previous_fire_time is not None:
            after = min(now, previous_fire_time + datetime.timedelta(microseconds=1))
        answer = Daemon().ask(
            "POST", "/triggers/preview", {"options": self.options(), "from": moment_text(after), "count": 1}
        )
        times = answer.get("times")
        return from_daemon(times[0], self.timezone) if times else None

    def _spread(self) -> Options:
        """The options that all triggers have."""
        found: Options = {}
        if self.start_date is not None:
            found["start_date"] = moment_text(self.start_date)
        if self.end_date is not None:
            found["end_date"] = moment_text(self.end_date)
        if self.jitter:
            found["jitter"] = self.jitter
        return found

    def _set_bounds(self, start: Optional[Moment], end: Optional[Moment], tz: Union[str, datetime.tzinfo, None]) -> None:
        """Sets the time zone, which is that of the bounds if they have one, and the bounds."""
        if isinstance(tz, str):
            tz = zone(tz)
        elif tz is None:
            for bound in (start, end):
                if isinstance(bound, datetime.datetime) and bound.tzinfo is not None:
                    tz = bound.tzinfo
                    break
            else:
                tz = local_zone()
        self.timezone = tz
        self.start_date = None if start is None else as_datetime(start, tz, "start_date")
        self.end_date = None if end is None else as_datetime(end, tz, "end_date")

    def _described(self, words: List[str]) -> str:
        """The repr of a trigger: what is its own, and what all have."""
        for name, bound in (("start_date", self.start_date), ("end_date", self.end_date)):
            if bound is not None:
                words.append("%s='%s'" % (name, shown(bound)))
        if self.jitter:
            words.append("jitter=%s" % self.jitter)
        return "<%s (%s, timezone='%s')>" % (type(self).__name__, ", ".join(words), self.timezone)

    def _zone_option(self) -> Options:
        name = zone_name(self.timezone)
        return {} if name is None else {"timezone": name}


class DateTrigger(BaseTrigger):
    """Once: at run_date, or now."""

    kind = "date"

    def __init__(self, run_date: Optional[Moment] = None, timezone: Union[str, datetime.tzinfo, None] = None):
        self.timezone = zone(timezone) if isinstance(timezone, str) else timezone or local_zone()
        self._now = run_date is None
        self.run_date = datetime.datetime.now(self.timezone) if run_date is None else as_datetime(run_date, self.timezone, "run_date")

    def options(self) -> Options:
        return {"trigger": "date", "run_date": "now" if self._now else moment_text(self.run_date)}

    def text(self) -> str:
        return "date[run_date='%s']" % moment_text(self.run_date)

    def beginning(self, at: datetime.datetime) -> Options:
        return {"trigger": "date", "run_date": moment_text(at)}

    def __str__(self) -> str:
        return "date[%s]" % shown(self.run_date)

    def __repr__(self) -> str:
        return "<DateTrigger (run_date='%s')>" % shown(self.run_date)


class IntervalTrigger(BaseTrigger):
    """Again and again, from start_date on, or one interval from when the job is added."""

    kind = "interval"

    def __init__(
        self,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        start_date: Optional[Moment] = None,
        end_date: Optional[Moment] = None,
        timezone: Union[str, datetime.tzinfo, None] = None,
        jitter: Optional[float] = None,
    ):
        self.interval = datetime.timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        if not self.interval:
            self.interval = datetime.timedelta(seconds=1)
        if self.interval < datetime.timedelta(0):
            raise ValueError("The interval of a trigger cannot be negative")
        self.interval_length = self.interval.total_seconds()
        self._set_bounds(start_date, end_date, timezone)
        self.jitter = jitter

    def options(self) -> Options:
        seconds = self.interval_length
        return {"trigger": "interval", "seconds": int(seconds) if seconds == int(seconds) else seconds, **self._spread()}

    def text(self) -> str:
        if self.start_date is not None:
            return super().text()
        anchored = IntervalTrigger(
            seconds=self.interval_length,
            start_date=datetime.datetime.now(self.timezone) + self.interval,
            end_date=self.end_date,
            timezone=self.timezone,
            jitter=self.jitter,
        )
        return anchored.text()

    def beginning(self, at: datetime.datetime) -> Options:
        if at.timestamp() > time.time() + 1:
            return {**self.options(), "start_date": moment_text(at)}
        anchored = {**self.options(), "start_date": moment_text(at + self.interval)}
        return self._first_at(at, StoredTrigger(anchored, "").text())

    def __str__(self) -> str:
        return "interval[%s]" % self.interval

    def __repr__(self) -> str:
        return self._described(["interval=%r" % self.interval])


class CronField(NamedTuple):
    """One field of a CronTrigger."""

    name: str
    expression: str
    is_default: bool

    def __str__(self) -> str:
        return self.expression


class CronTrigger(BaseTrigger):
    """When the clock shows what all the fields say. Weekdays are numbered from Monday, 0."""

    kind = "cron"
    FIELD_NAMES = ("year", "month", "day", "week", "day_of_week", "hour", "minute", "second")

    def __init__(
        self,
        year: Union[int, str, None] = None,
        month: Union[int, str, None] = None,
        day: Union[int, str, None] = None,
        week: Union[int, str, None] = None,
        day_of_week: Union[int, str, None] = None,
        hour: Union[int, str, None] = None,
        minute: Union[int, str, None] = None,
        second: Union[int, str, None] = None,
        start_date: Optional[Moment] = None,
        end_date: Optional[Moment] = None,
        timezone: Union[str, datetime.tzinfo, None] = None,
        jitter: Optional[float] = None,
    ):
        given = dict(zip(self.FIELD_NAMES, (year, month, day, week, day_of_week, hour, minute, second)))
        self._given = {name: str(value) for name, value in given.items() if value is not None}
        self._set_bounds(start_date, end_date, timezone)
        self.jitter = jitter

    @classmethod
    def from_crontab(cls, expr: str, timezone: Union[str, datetime.tzinfo, None] = None) -> "CronTrigger":
        """The trigger of five fields of a crontab, read as APScheduler reads them: 0 is
        Monday, and the day must match both day fields."""
        values = expr.split()
        if len(values) != 5:
            raise ValueError("Wrong number of fields; got %d, expected 5" % len(values))
        return cls(minute=values[0], hour=values[1], day=values[2], month=values[3], day_of_week=values[4], timezone=timezone)

    @property
    def fields(self) -> List[CronField]:
        """All eight fields; those that were not given have what stands for them."""
        found, least = [], -1
        for i, name in enumerate(self.FIELD_NAMES):
            if name in self._given:
                least = i
        smallest = {"month": "1", "day": "1", "hour": "0", "minute": "0", "second": "0"}
        for i, name in enumerate(self.FIELD_NAMES):
            default = "*" if i < least or not self._given else smallest.get(name, "*")
            found.append(CronField(name, self._given.get(name, default), name not in self._given))
        return found

    def options(self) -> Options:
        given = self._given or {"second": "*"}
        return {"trigger": "cron", **given, **self._zone_option(), **self._spread()}

    def __str__(self) -> str:
        return "cron[%s]" % self._words()

    def __repr__(self) -> str:
        return self._described([self._words()] if self._given else [])

    def _words(self) -> str:
        return ", ".join("%s='%s'" % pair for pair in self._given.items())


class CalendarIntervalTrigger(BaseTrigger):
    """Every so many years, months, weeks and days, at a time of day."""

    kind = "calendarinterval"

    def __init__(
        self,
        *,
        years: int = 0,
        months: int = 0,
        weeks: int = 0,
        days: int = 0,
        hour: int = 0,
        minute: int = 0,
        second: int = 0,
        start_date: Union[datetime.date, str, None] = None,
        end_date: Union[datetime.date, str, None] = None,
        timezone: Union[str, datetime.tzinfo, None] = None,
        jitter: Optional[float] = None,
    ):
        if not (years or months or weeks or days):
            raise ValueError("interval must be at least 1 day long")
        self.years, self.months, self.weeks, self.days = years, months, weeks, days
        self._time = datetime.time(hour, minute, second)
        self.timezone = zone(timezone) if isinstance(timezone, str) else timezone or local_zone()
        self.jitter = jitter
        self._first = self._day(start_date) or datetime.date.today()
        self._last = self._day(end_date)
        if self._last is not None and self._first > self._last:
            raise ValueError("end_date cannot be earlier than start_date")

    @staticmethod
    def _day(value: Union[datetime.date, str, None]) -> Optional[datetime.date]:
        if isinstance(value, datetime.datetime):
            return value.date()
        return datetime.date.fromisoformat(value) if isinstance(value, str) else value

    def options(self) -> Options:
        words: Options = {"trigger": "calendarinterval"}
        for name in ("years", "months", "weeks", "days"):
            if getattr(self, name):
                words[name] = getattr(self, name)
        words.update(hour=self._time.hour, minute=self._time.minute, second=self._time.second, start_date=self._first.isoformat())
        if self._last is not None:
            words["end_date"] = self._last.isoformat()
        if self.jitter:
            words["jitter"] = self.jitter
        return {**words, **self._zone_option()}

    def beginning(self, at: datetime.datetime) -> Options:
        return self._first_at(at, self.text())

    def __str__(self) -> str:
        words = [
            "%s='%s'" % (name, getattr(self, name)) for name in ("years", "months", "weeks", "days") if getattr(self, name)
        ]
        return "calendarinterval[%s]" % ", ".join(words + ["time='%s'" % self._time])

    def __repr__(self) -> str:
        return "<CalendarIntervalTrigger (%s, timezone='%s')>" % (str(self)[len("calendarinterval[") : -1], self.timezone)


class BaseCombiningTrigger(BaseTrigger):
    """Made of others."""

    def __init__(self, triggers: Sequence[BaseTrigger], jitter: Optional[float] = None):
        self.triggers = list(triggers)
        self.jitter = jitter
        self.timezone = next((t.timezone for t in self.triggers if t.timezone), None)

    def options(self) -> Options:
        return {"trigger": self.kind, "triggers": ", ".join(t.text() for t in self.triggers), **self._spread()}

    def __str__(self) -> str:
        return "%s[%s]" % (self.kind, ", ".join(str(t) for t in self.triggers))

    def __repr__(self) -> str:
        return "<%s (%r)>" % (type(self).__name__, self.triggers)


class AndTrigger(BaseCombiningTrigger):
    """When all of them are, at the same moment."""

    kind = "and"


class OrTrigger(BaseCombiningTrigger):
    """When any of them is."""

    kind = "or"


class StoredTrigger(BaseTrigger):
    """The trigger of a job that this process has not added, in the daemon's words."""

    def __init__(self, options: Options, text: str, tz: Optional[datetime.tzinfo] = None):
        self._options = options
        self._text = text
        self.kind = options.get("trigger", "")
        self.timezone = tz

    def options(self) -> Options:
        return dict(self._options)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "<StoredTrigger (%s)>" % self._text


TRIGGERS: Mapping[str, Type[BaseTrigger]] = {
    "date": DateTrigger,
    "interval": IntervalTrigger,
    "cron": CronTrigger,
    "calendarinterval": CalendarIntervalTrigger,
    "and": AndTrigger,
    "or": OrTrigger,
}

_TRIGGER_OPTIONS = frozenset(
    "trigger run_date every weeks days hours minutes seconds milliseconds microseconds year month day week day_of_week hour minute second "
    "crontab dst years months triggers threshold timezone start_date end_date jitter splay exclude only compat".split()
)


def stored_trigger(options: Mapping[str, str], text: str, tz: Optional[datetime.tzinfo]) -> BaseTrigger:
    """The trigger of a job, from the options that it was declared with."""
    words = {key: value for key, value in options.items() if key in _TRIGGER_OPTIONS}
    simple = {"interval": {"weeks", "days", "hours", "minutes", "seconds"}, "cron": set(CronTrigger.FIELD_NAMES), "date": {"run_date"}}
    kind = words.get("trigger", "")
    allowed = simple.get(kind, set()) | {"trigger", "timezone", "start_date", "end_date", "jitter"}
    if kind not in simple or not set(words) <= allowed or words.get("run_date") == "now":
        return StoredTrigger(dict(words), text, tz)
    arguments: Dict[str, Any] = {key: value for key, value in words.items() if key != "trigger"}
    arguments.setdefault("timezone", tz)
    try:
        numbers = ("weeks", "days", "hours", "minutes", "seconds") if kind == "interval" else ()
        for key in ("jitter", *numbers):
            if key in arguments:
                arguments[key] = float(arguments[key])
        found = TRIGGERS[kind](**arguments)
        for bound in ("start_date", "end_date", "run_date"):
            at = getattr(found, bound, None)
            if at is not None and found.timezone is not None:
                setattr(found, bound, at.astimezone(found.timezone))
        return found
    except (TypeError, ValueError):  # somebody else has written it, in other words
        return StoredTrigger(dict(words), text, tz)


# ---------------------------------------------------------------- the daemon

USUAL_SOCKETS = ("/run/supervisor.sock", "/var/run/supervisor.sock", "/tmp/supervisor.sock")
USUAL_URL = "http://127.0.0.1:9001"
PATIENCE = 10.0
"""Seconds that calls wait for a daemon that is away, if the program does not say otherwise."""


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str, timeout: Optional[float] = None):
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _answers(path: str) -> bool:
    """Whether somebody takes connections at a unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(1)
        return sock.connect_ex(path) == 0


class Daemon:
    """The daemon's /api/v1. A call that does not reach it is made again and again for
    the time of the patience, and then fails with DaemonAway. All methods may be called
    by several threads, which have a connection each. What is not given is what the
    environment says."""

    def __init__(
        self,
        url: Optional[str] = None,
        username: Optional[str] = None,
        password: Optional[str] = None,
        token: Optional[str] = None,
        patience: Optional[float] = None,
    ):
        environ = os.environ.get
        self._given = url or environ("WATCHKEEPER_URL") or environ("SUPERVISOR_SERVER_URL")
        self._username = username or environ("WATCHKEEPER_USERNAME") or environ("SUPERVISOR_USERNAME") or None
        self._password = password or environ("WATCHKEEPER_PASSWORD") or environ("SUPERVISOR_PASSWORD") or ""
        self._token = token or environ("WATCHKEEPER_TOKEN") or None
        self.patience = float(environ("WATCHKEEPER_PATIENCE") or PATIENCE) if patience is None else float(patience)
        self._threads = threading.local()

    @property
    def url(self) -> str:
        """Where it is: as the program or the environment says, else one of the usual
        unix sockets if somebody answers there, else http://127.0.0.1:9001."""
        if self._given:
            return self._given
        path = next((path for path in USUAL_SOCKETS if _answers(path)), None)
        return "unix://" + path if path else USUAL_URL

    @property
    def place(self) -> str:
        """The same for people: without a name and a password."""
        scheme, found, rest = self.url.partition("://")
        if not found or scheme == "unix":
            return self.url
        netloc, slash, path = rest.partition("/")
        return scheme + found + netloc.rpartition("@")[2] + slash + path

    def connect(self, timeout: float) -> http.client.HTTPConnection:
        """A connection that nobody else uses."""
        url = self.url
        if url.startswith("unix://"):
            return UnixConnection(url[len("unix://") :], timeout)
        at = urllib.parse.urlsplit(url)
        if at.scheme == "https":
            return http.client.HTTPSConnection(at.hostname or "localhost", at.port, timeout=timeout, context=self._tls())
        if at.scheme != "http" or not at.hostname:
            raise ValueError("%r is no address of a daemon: give unix:///path, http://host:port or https://host:port" % self.place)
        return http.client.HTTPConnection(at.hostname, at.port or 80, timeout=timeout)

    @staticmethod
    def _tls() -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=os.environ.get("WATCHKEEPER_TLS_CA") or None)
        if os.environ.get("WATCHKEEPER_TLS_CERT"):
            context.load_cert_chain(os.environ["WATCHKEEPER_TLS_CERT"], os.environ.get("WATCHKEEPER_TLS_KEY"))
        return context

    @property
    def headers(self) -> Dict[str, str]:
        """Those of each request: who we are."""
        found = {"Content-Type": "application/json"}
        at = urllib.parse.urlsplit(self._given or "")
        username = self._username or urllib.parse.unquote(at.username or "")
        password = self._password or urllib.parse.unquote(at.password or "")
        if self._token:
            found["Authorization"] = "Bearer " + self._token
        elif username:
            found["Authorization"] = "Basic " + base64.b64encode(("%s:%s" % (username, password)).encode()).decode()
        return found

    def release(self) -> None:
        """Closes the connection of this thread."""
        connection = self._kept()
        self._threads.connection = None
        if connection is not None:
            connection.close()

    def _kept(self) -> Optional[http.client.HTTPConnection]:
        """The connection of this thread; None if it has none yet. That of a process from
        which this one was forked stays with that, or each would get answers of the other."""
        connection: Optional[http.client.HTTPConnection] = getattr(self._threads, "connection", None)
        if connection is not None and self._threads.pid != os.getpid():
            connection.close()  # here alone: nothing is sent
            connection = self._threads.connection = None
        return connection

    def once(
        self,
        method: str,
        path: str,
        body: Any = None,
        timeout: float = 30.0,
        opened: Callable[[http.client.HTTPConnection], None] = lambda connection: None,
    ) -> Any:
        """One request, whose body may be JSON already, as bytes. OSError or HTTPException
        when it does not get there or no answer comes, DaemonError when the daemon refuses.
        opened is given the connection before it is waited on."""
        return self._once(method, path, body, timeout, opened)[1]

    def _once(
        self,
        method: str,
        path: str,
        body: Any = None,
        timeout: float = 30.0,
        opened: Callable[[http.client.HTTPConnection], None] = lambda connection: None,
    ) -> Tuple[int, Any]:
        """once, with the status of the answer."""
        text = body if body is None or isinstance(body, bytes) else json_text(body)
        for fresh in (False, True):
            connection = None if fresh else self._kept()
            kept = connection is not None
            if connection is None:
                connection = self._threads.connection = self.connect(timeout)
                self._threads.pid = os.getpid()
            try:
                connection.timeout = timeout
                if connection.sock is None:
                    connection.connect()
                assert connection.sock is not None
                connection.sock.settimeout(timeout)
                opened(connection)
                connection.request(method, "/api/v1" + path, text, self.headers)
                answer = connection.getresponse()
                data = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self._threads.connection = None
                connection.close()
                if kept and isinstance(error, (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)):
                    continue  # it was closed while nobody used it
                raise
            return answer.status, self._understood(method, path, answer.status, data)
        raise AssertionError("a fresh connection returns or raises")

    @staticmethod
    def _understood(method: str, path: str, status: int, data: bytes) -> Any:
        if status < 300:
            try:
                return json.loads(data) if data else None
            except ValueError:
                raise DaemonError(status, "", "the answer to %s %s is not JSON: is that a daemon of Watchkeeper?" % (method, path)) from None
        try:
            problem = json.loads(data)
            kind = str(problem.get("type", "")).rpartition("#problem-")[2]
            text = problem.get("detail") or problem.get("title") or ""
            faults = ["%s: %s" % (fault.get("location", ""), fault.get("message", "")) for fault in problem.get("errors") or ()]
        except (ValueError, AttributeError):
            kind, text, faults = "", data.decode("utf-8", "replace")[:200], []
        if status == 401:
            text = "the daemon wants other credentials: set WATCHKEEPER_TOKEN, or WATCHKEEPER_USERNAME and WATCHKEEPER_PASSWORD"
        raise DaemonError(status, kind, "; ".join([text] + faults) or "%s %s: HTTP status %d" % (method, path, status))

    def ask(self, method: str, path: str, body: Any = None, again: Optional[List[bool]] = None) -> Any:
        """A request that waits for a daemon that is away. again, if given, gets a member
        when an attempt has failed in such a way that the daemon may have done it."""
        return self.answer(method, path, body, again)[1]

    def answer(self, method: str, path: str, body: Any = None, again: Optional[List[bool]] = None) -> Tuple[int, Any]:
        """ask, with the status of the answer."""
        give_up = time.monotonic() + self.patience
        pause = 0.05
        while True:
            try:
                return self._once(method, path, body)
            except (OSError, http.client.HTTPException) as error:
                why: Exception = error
                if again is not None and not isinstance(error, (ConnectionRefusedError, FileNotFoundError)):
                    again.append(True)
            except DaemonError as error:
                if error.status != 503:
                    raise
                why = error
            if time.monotonic() + pause > give_up:
                raise DaemonAway(
                    "the daemon at %s did not answer within %g s (%s); is it running, and is its address in WATCHKEEPER_URL?"
                    % (self.place, self.patience, why or type(why).__name__)
                ) from why
            time.sleep(pause)
            pause = min(pause * 2, 1.0)


# ---------------------------------------------------------------- functions


def program_name() -> str:
    """The module name of the program itself: of its file prog.py it is prog, wherever
    that is, and of python3 -m package.module it is that."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    if spec is not None and spec.name not in ("__main__", "__mp_main__"):
        name: str = spec.name
        return name[: -len(".__main__")] if name.endswith(".__main__") else name
    file = getattr(main, "__file__", None)
    stem = os.path.splitext(os.path.basename(file))[0] if file else "interactive"
    name = re.sub(r"\W", "_", stem) or "program"
    return "_" + name if name[0].isdigit() else name


def _module_of(name: str) -> str:
    return program_name() if name in ("__main__", "__mp_main__") else name


def callable_name(func: Callable[..., Any]) -> str:
    """The name for people of what a job calls."""
    if isinstance(func, functools.partial):
        return callable_name(func.func)
    for attribute in ("__qualname__", "__name__"):
        name = getattr(func, attribute, None)
        if isinstance(name, str):
            return name
    if callable(func):
        return type(func).__qualname__
    raise TypeError("Unable to determine a name for %r -- maybe it is not a callable?" % func)


def obj_to_ref(func: Callable[..., Any]) -> str:
    """module:name of a function that everybody who imports the module finds there;
    ValueError of others."""
    if isinstance(func, functools.partial):
        raise ValueError("Cannot create a reference to a partial()")
    name = callable_name(func)
    if "<lambda>" in name:
        raise ValueError("Cannot create a reference to a lambda")
    if "<locals>" in name:
        raise ValueError("Cannot create a reference to a nested function")
    module = getattr(func, "__module__", None)
    if inspect.ismethod(func):
        module = func.__func__.__module__
    if not isinstance(module, str) or not hasattr(func, "__qualname__"):
        raise ValueError("Cannot create a reference to %r" % func)
    return "%s:%s" % (_module_of(module), name)


def ref_to_obj(ref: str) -> Any:
    """What module:name means."""
    if not isinstance(ref, str):
        raise TypeError("References must be strings")
    if ":" not in ref:
        raise ValueError("Invalid reference")
    module, _, path = ref.partition(":")
    try:
        found: Any = sys.modules["__main__"] if module in ("__main__", program_name()) else importlib.import_module(module)
    except ImportError as error:
        raise LookupError("Error resolving reference %s: could not import module" % ref) from error
    try:
        for name in path.split("."):
            found = getattr(found, name)
        return found
    except Exception:
        raise LookupError("Error resolving reference %s: error looking up object" % ref) from None


def check_callable_args(func: Callable[..., Any], args: Iterable[Any], kwargs: Mapping[str, Any]) -> None:
    """ValueError unless func can be called so. What has no signature is not checked."""
    try:
        signature = inspect.signature(func)
    except (TypeError, ValueError):
        return
    left, names = list(args), dict(kwargs)
    both, positional_by_name, missing, missing_keywords = [], [], [], []
    takes_args = takes_kwargs = False
    for p in signature.parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            takes_args = True
        elif p.kind is p.VAR_KEYWORD:
            takes_kwargs = True
        elif p.kind is p.KEYWORD_ONLY:
            if p.name in names:
                del names[p.name]
            elif p.default is p.empty:
                missing_keywords.append(p.name)
        elif left:
            del left[0]
            if p.name in names and p.kind is p.POSITIONAL_OR_KEYWORD:
                both.append(p.name)
        elif p.kind is p.POSITIONAL_ONLY:
            if p.name in names:
                positional_by_name.append(p.name)
            elif p.default is p.empty:
                missing.append(p.name)
        elif p.name in names:
            del names[p.name]
        elif p.default is p.empty:
            missing.append(p.name)
    given = len(list(args))
    for wrong, text in (
        (both, "The following arguments are supplied in both args and kwargs: %s"),
        (positional_by_name, "The following arguments cannot be given as keyword arguments: %s"),
        (missing, "The following arguments have not been supplied: %s"),
        (missing_keywords, "The following keyword-only arguments have not been supplied in kwargs: %s"),
    ):
        if wrong:
            raise ValueError(text % ", ".join(wrong))
    if left and not takes_args:
        raise ValueError(
            "The list of positional arguments is longer than the target callable can handle (allowed: %d, given in args: %d)"
            % (given - len(left), given)
        )
    if names and not takes_kwargs:
        raise ValueError("The target callable does not accept the following keyword arguments: %s" % ", ".join(names))


def is_coroutine_function(func: Any) -> bool:
    """Whether a call of it gives a coroutine."""
    while isinstance(func, functools.partial):
        func = func.func
    return inspect.iscoroutinefunction(func) or inspect.iscoroutinefunction(getattr(func, "__call__", None))


def holds_an_object(func: Any) -> bool:
    """Whether it is a method of an object, rather than of a class."""
    return inspect.ismethod(func) and not isinstance(func.__self__, type)


def made_up_name(func: Callable[..., Any], shared: bool) -> str:
    """The name of a function that has none of its own: where it comes from, and what
    tells it from others there, its code and what it holds. If it is to be shared,
    processes that add such a function mean the same one: of what has no form in JSON,
    such as a connection, the type counts. Otherwise that makes it one of a kind."""
    inner = func
    while isinstance(inner, functools.partial):
        inner = inner.func
    module = _module_of(getattr(inner, "__module__", None) or type(inner).__module__)
    path = callable_name(inner).replace(".<locals>", "").replace("<lambda>", "lambda_")
    try:
        words = json.dumps(_Held(shared).of(func))
        mark = hashlib.sha256(words.encode()).hexdigest()[:12]
    except (TypeError, ValueError, RecursionError):
        mark = uuid.uuid4().hex[:12]
    return "%s:%s%s_%s" % (module, path, "_partial" if inner is not func else "", mark)


class _Held:
    """Says as JSON, alike in all processes, what a function is and holds."""

    def __init__(self, shared: bool):
        self._shared = shared

    def of(self, func: Any) -> Any:
        """Of the function of a job: of an object that it holds all attributes count."""
        if isinstance(func, functools.partial):
            return ["partial", self.of(func.func), self._value(func.args), self._value(func.keywords)]
        owner = getattr(func, "__self__", None)
        if owner is not None and not isinstance(owner, (type, types.ModuleType)):
            return [callable_name(func), self._object(owner)]
        return self._function(func) if inspect.isfunction(func) else self._object(func)

    def _object(self, thing: Any) -> Any:
        return [self._type(thing), self._value(vars(thing) if hasattr(thing, "__dict__") else thing)]

    def _function(self, func: types.FunctionType) -> Any:
        try:
            return obj_to_ref(func)
        except ValueError:
            cells = [cell.cell_contents for cell in func.__closure__ or ()]
            return [self._code(func.__code__), self._value(func.__defaults__), self._value(func.__kwdefaults__), self._value(cells)]

    def _code(self, thing: Any) -> Any:
        """Code, or a constant of it."""
        if isinstance(thing, types.CodeType):
            return [thing.co_code.hex(), thing.co_names, thing.co_varnames, thing.co_freevars, [self._code(each) for each in thing.co_consts]]
        if isinstance(thing, tuple):
            return [self._code(each) for each in thing]
        return sorted(map(repr, thing)) if isinstance(thing, frozenset) else repr(thing)

    def _value(self, value: Any) -> Any:
        """A value that it holds."""
        kind = type(value)
        if kind in (list, tuple):
            return [kind.__name__, [self._value(item) for item in value]]
        if kind in (set, frozenset):
            return [kind.__name__, sorted(json.dumps(self._value(item)) for item in value)]
        if kind is dict:
            return ["dict", sorted(json.dumps([self._value(key), self._value(item)]) for key, item in value.items())]
        if inspect.isfunction(value):
            return self._function(value)
        if isinstance(value, (type, types.ModuleType)):
            return [getattr(value, "__module__", ""), getattr(value, "__qualname__", value.__name__)]
        try:
            return encode(value, "")
        except (TypeError, ValueError):
            if not self._shared:
                raise
            return self._type(value)

    @staticmethod
    def _type(value: Any) -> str:
        return "%s:%s" % (_module_of(type(value).__module__), type(value).__qualname__)


class Functions:
    """The functions of this process that the daemon may name. A job's function gets in
    when the job is added; one that has no name of its own is forgotten with the last
    job that has it. Those of jobs that were added before, by a process that is no
    more, are found in the modules of this program: its own and those that it has
    imported from below its directory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: Dict[str, Callable[..., Any]] = {}
        self._made_up: Dict[Any, str] = {}  # names that we have made, by the identity of the function
        self._jobs: Dict[str, int] = collections.Counter()  # that have such a function, by its name
        self.version = 0
        """Another one when others are known."""

    def add(self, func: Callable[..., Any], ref: Optional[str], shared: bool = True) -> str:
        """The name of a function, by which it is known from now on: ref, if it has such
        a name, or one that is made up."""
        if ref is not None and not (holds_an_object(func) and ref == obj_to_ref(func)):
            with self._lock:
                self._learn(ref, func)
            return ref
        identity = self._identity(func)
        with self._lock:
            known = self._made_up.get(identity)
        base = name = known or made_up_name(func, shared)
        n = 1
        with self._lock:
            while known is None and name in self._known:  # another object that holds the same
                n += 1
                name = "%s_%d" % (base, n)
            self._learn(name, func)
            self._made_up[identity] = name
        return name

    def _learn(self, name: str, func: Callable[..., Any]) -> None:
        self.version += name not in self._known
        self._known[name] = func

    @staticmethod
    def _identity(func: Any) -> Any:
        owner = getattr(func, "__self__", None)  # methods are other objects each time
        return id(func) if owner is None else (id(owner), getattr(func, "__qualname__", ""))

    def hold(self, name: str) -> None:
        """Notes that a job has the function."""
        with self._lock:
            self._jobs[name] += 1

    def release(self, name: str) -> None:
        """Notes that a job has it no more, or that its job was refused."""
        with self._lock:
            self._jobs[name] -= 1
            if self._jobs[name] > 0:
                return
            del self._jobs[name]
            func = self._known.get(name)
            identity = self._identity(func)
            if func is not None and self._made_up.get(identity) == name:
                del self._known[name], self._made_up[identity]
                self.version += 1

    def get(self, name: str) -> Optional[Callable[..., Any]]:
        with self._lock:
            return self._known.get(name)

    def names(self) -> List[str]:
        with self._lock:
            return list(self._known)

    def discover(self, name: str) -> bool:
        """Looks for a function of a job that was added before. True if it is there."""
        if self.get(name) is not None:
            return True
        module, _, path = name.partition(":")
        found: Any = sys.modules["__main__"] if module == program_name() else sys.modules.get(module)
        if found is None or not self._of_program(found):
            return False
        for part in path.split("."):
            found = getattr(found, part, None)
        if not callable(found) or isinstance(found, type):
            return False
        try:
            if obj_to_ref(found) != name:  # a name that the module has only imported
                return False
        except ValueError:
            return False
        with self._lock:
            if name not in self._known:
                self._learn(name, found)
        return True

    @staticmethod
    def _of_program(module: types.ModuleType) -> bool:
        if module is sys.modules.get("__main__"):
            return True
        file = getattr(module, "__file__", None)
        main = getattr(sys.modules.get("__main__"), "__file__", None)
        if not file:
            return False
        file = os.path.realpath(file)
        for foreign in [sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), "/usr/lib/python3"]:
            if foreign and _is_below(file, foreign):
                return False
        return any(_is_below(file, top) for top in (os.getcwd(), os.path.dirname(main) if main else None) if top)


def _is_below(file: str, top: str) -> bool:
    return file.startswith(os.path.realpath(top).rstrip(os.sep) + os.sep)


# ---------------------------------------------------------------- job stores


class BaseJobStore:
    """Where jobs are kept. The daemon keeps them: a job store here says in which of its
    stores."""

    persistent = True  # its jobs outlive the program

    def find(self, stores: Sequence[Mapping[str, Any]]) -> Optional[str]:
        """The one of the daemon's stores that is meant, by name; None: it has none there."""
        raise NotImplementedError

    def section(self) -> List[str]:
        """The lines of a section [jobstore:x] that make the daemon have it."""
        raise NotImplementedError

    def place(self) -> str:
        """Where it is, for people."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return "<%s>" % type(self).__name__


class MemoryJobStore(BaseJobStore):
    """Jobs of this program alone, in the daemon's store called default, or in that
    called memory if there is one. They go with the last process that has their
    functions."""

    persistent = False

    def find(self, stores: Sequence[Mapping[str, Any]]) -> Optional[str]:
        names = [store["name"] for store in stores]
        return "memory" if "memory" in names else "default" if "default" in names else None

    def section(self) -> List[str]:
        return ["url = memory:"]

    def place(self) -> str:
        return "memory"


class WatchkeeperJobStore(BaseJobStore):
    """A store of the daemon by its name."""

    def __init__(self, name: str = "default"):
        self.name = name

    def find(self, stores: Sequence[Mapping[str, Any]]) -> Optional[str]:
        return self.name if any(store["name"] == self.name for store in stores) else None

    def section(self) -> List[str]:
        return ["url = sqlite:///%s.db" % self.name]

    def place(self) -> str:
        return "[jobstore:%s]" % self.name


class PlacedJobStore(BaseJobStore):
    """A database that APScheduler would connect to itself: the daemon's store at that
    place is meant."""

    types: Tuple[str, ...] = ()  # as the daemon calls them
    host, port, database = "", 0, ""

    def find(self, stores: Sequence[Mapping[str, Any]]) -> Optional[str]:
        for store in stores:
            if store["type"] in self.types and self._is_at(store["place"]):
                return str(store["name"])
        return None

    def _is_at(self, place: str) -> bool:
        at = urllib.parse.urlsplit(place)
        if "," in at.netloc:
            return False
        port = at.port or self.default_port()
        return (_one_host(at.hostname or ""), port, at.path.strip("/") or self.default_database()) == (
            _one_host(self.host),
            self.port,
            self.database,
        )

    def default_port(self) -> int:
        return 0

    def default_database(self) -> str:
        return ""

    def place(self) -> str:
        return "%s://%s:%d/%s" % (self.types[0], self.host, self.port, self.database)

    def section(self) -> List[str]:
        return ["url = " + self.place()]


def _one_host(name: str) -> str:
    return "localhost" if name in ("127.0.0.1", "::1", "") else name.lower()


class RedisJobStore(PlacedJobStore):
    """The daemon's store in a database of a Redis."""

    types = ("redis",)

    def __init__(
        self,
        db: int = 0,
        jobs_key: str = "apscheduler.jobs",
        run_times_key: str = "apscheduler.run_times",
        pickle_protocol: Optional[int] = None,
        **connect_args: Any,
    ):
        if db is None:
            raise ValueError('The "db" parameter must not be empty')
        if not jobs_key:
            raise ValueError('The "jobs_key" parameter must not be empty')
        if not run_times_key:
            raise ValueError('The "run_times_key" parameter must not be empty')
        self.database = str(int(db))
        self.jobs_key, self.run_times_key = jobs_key, run_times_key
        self.host = connect_args.get("host") or "localhost"
        self.port = int(connect_args.get("port") or 6379)
        self._socket = connect_args.get("unix_socket_path")
        self._secret = bool(connect_args.get("password"))

    def default_port(self) -> int:
        return 6379

    def default_database(self) -> str:
        return "0"

    def _is_at(self, place: str) -> bool:
        at = urllib.parse.urlsplit(place)
        if at.scheme == "unix" or self._socket:
            query = urllib.parse.parse_qs(at.query)
            return at.scheme == "unix" and at.path == self._socket and query.get("db", ["0"])[0] == self.database
        return super()._is_at(place)

    def place(self) -> str:
        return "unix://%s?db=%s" % (self._socket, self.database) if self._socket else super().place()

    def section(self) -> List[str]:
        where = ["host = " + (self._socket or self.host)] + ([] if self._socket else ["port = %d" % self.port])
        lines = ["type = redis"] + where + ["db = " + self.database]
        return lines + ["password = ..."] if self._secret else lines


class SQLAlchemyJobStore(PlacedJobStore):
    """The daemon's store in a database of SQLite or PostgreSQL."""

    types = ("postgres",)

    def __init__(
        self,
        url: Any = None,
        engine: Any = None,
        tablename: str = "apscheduler_jobs",
        metadata: Any = None,
        pickle_protocol: Optional[int] = None,
        tableschema: Optional[str] = None,
        engine_options: Optional[Dict[str, Any]] = None,
    ):
        if engine is None and not url:
            raise ValueError('Need either "engine" or "url" defined')
        at = urllib.parse.urlsplit(str(url if engine is None else engine.url))
        dialect = at.scheme.partition("+")[0]
        self.persistent = True
        if dialect == "sqlite":
            self.types = ("sqlite",)
            self.database = at.path[1:]
            if self.database in ("", ":memory:"):
                self.types, self.persistent = ("memory",), False
        elif dialect in ("postgresql", "postgres"):
            self.host, self.port = at.hostname or "localhost", at.port or 5432
            self.database = at.path.strip("/")
        else:
            raise Unsupported(
                "the daemon keeps no jobs in %s: give a store in SQLite, PostgreSQL, Redis or MongoDB, such as "
                "SQLAlchemyJobStore('sqlite:///jobs.sqlite')" % (dialect or url)
            )

    def find(self, stores: Sequence[Mapping[str, Any]]) -> Optional[str]:
        return super().find(stores) if self.persistent else MemoryJobStore().find(stores)

    def _is_at(self, place: str) -> bool:
        if self.types == ("sqlite",):
            return os.path.realpath(place[len("sqlite://") :]) == os.path.realpath(self.database)
        return super()._is_at(place)

    def default_port(self) -> int:
        return 5432

    def place(self) -> str:
        return "sqlite:///" + os.path.abspath(self.database) if self.types == ("sqlite",) else super().place()


class MongoDBJobStore(PlacedJobStore):
    """The daemon's store in a database of a MongoDB."""

    types = ("mongodb",)

    def __init__(
        self,
        database: str = "apscheduler",
        collection: str = "jobs",
        client: Any = None,
        pickle_protocol: Optional[int] = None,
        **connect_args: Any,
    ):
        if not database:
            raise ValueError('The "database" parameter must not be empty')
        if not collection:
            raise ValueError('The "collection" parameter must not be empty')
        self.database = database
        host, port = connect_args.get("host"), connect_args.get("port")
        if client is not None:
            host, port = getattr(client, "address", None) or (host, port)
        at = urllib.parse.urlsplit(host if isinstance(host, str) and "://" in host else "mongodb://%s" % (host or "localhost"))
        self.host, self.port = at.hostname or "localhost", int(at.port or port or 27017)

    def default_port(self) -> int:
        return 27017


def _refused(name: str, base: type, text: str) -> type:
    """A class of APScheduler that is not here: making one says what to use."""

    def refuse(self: Any, *args: Any, **kwargs: Any) -> None:
        raise Unsupported("%s is not supported: %s" % (name, text))

    return type(name, (base,), {"__init__": refuse, "__doc__": "Refused: " + text, "refused": text, "__module__": __name__})


_OTHER_STORE = "give the daemon a [jobstore:x] in SQLite, PostgreSQL, Redis or MongoDB, and say RedisJobStore, SQLAlchemyJobStore or MongoDBJobStore here"
RethinkDBJobStore = _refused("RethinkDBJobStore", BaseJobStore, _OTHER_STORE)
ZooKeeperJobStore = _refused("ZooKeeperJobStore", BaseJobStore, _OTHER_STORE)
EtcdJobStore = _refused("EtcdJobStore", BaseJobStore, _OTHER_STORE)


# ---------------------------------------------------------------- runs and executors


class Run:
    """One run of a job that the daemon has given to this process."""

    def __init__(self, call: Mapping[str, Any], function: Callable[..., Any], membership: str):
        self.call: int = call["call"]
        self.id: str = call["run"]
        self.job: str = from_daemon_id(call["job"])
        self.store: str = call["jobstore"]
        self.scheduled_at: str = call["scheduled_at"]
        self.attempt: int = call["attempt"]
        self.token: int = call["token"]
        """The fencing token: it only grows. What the function writes elsewhere can refuse an older one."""
        self.function = function
        self.membership = membership
        self.keep: int = call.get("keep_result") or 65536
        self.cancelled = threading.Event()
        """Set once the run is to end. A coroutine is cancelled; a plain function may look."""
        self.begun = False
        self.declined = False  # it is given back, if it has not begun
        self._stop: Callable[[], Any] = lambda: None
        given = call.get("args") or {}
        if isinstance(given, list):
            given = {"args": given}
        self._args, self._kwargs = given.get("args") or [], given.get("kwargs") or {}

    def stopped_by(self, stop: Callable[[], Any]) -> None:
        """Tells what asks the run to end. That may have been wanted before."""
        self._stop = stop
        if self.cancelled.is_set() or self.declined:
            stop()

    def cancel(self) -> None:
        """Asks it to end."""
        self.cancelled.set()
        self._stop()

    def decline(self) -> None:
        """Has it given back, if it has not begun."""
        self.declined = True
        if not self.begun:
            self._stop()

    def arguments(self) -> Tuple[List[Any], Dict[str, Any]]:
        """The values that the function is called with."""
        return decode(self._args), {key: decode(value) for key, value in self._kwargs.items()}

    def __repr__(self) -> str:
        return "<Run %s>" % self.id


class Outcome(NamedTuple):
    """How a run has ended: with a value, or with an exception and its traceback."""

    value: Any = None
    exception: Optional[BaseException] = None
    traceback: str = ""

    @classmethod
    def of_exception(cls, exception: BaseException) -> "Outcome":
        frames = traceback.format_tb(exception.__traceback__)
        own = [frame for frame in frames if 'File "%s"' % __file__ not in frame]
        return cls(exception=exception, traceback="".join(own))


Done = Callable[[Run, Outcome], None]

_current: "contextvars.ContextVar[Optional[Run]]" = contextvars.ContextVar("watchkeeper_run", default=None)


def current_run() -> Optional[Run]:
    """The run that is being carried out here; None outside of one."""
    return _current.get()


class BaseExecutor:
    """How functions are run within this process."""

    def start(self, scheduler: Any, alias: str) -> None:
        self.alias = alias
        self.logger = logging.getLogger("apscheduler.executors.%s" % alias)

    def shutdown(self, wait: bool = True) -> None:
        """Lets nothing begin any more."""

    def free(self) -> int:
        """How many more runs can begin at once, or very soon."""
        return 1

    def submit(self, run: Run, done: Done) -> None:
        """Has a run carried out. done is called when it has ended."""
        raise NotImplementedError

    def _call(self, run: Run) -> Outcome:
        """Carries a run out in this thread."""
        run.begun = True
        context = contextvars.copy_context()
        try:
            return context.run(self._call_in, run)
        except BaseException as error:
            return Outcome.of_exception(error)

    @staticmethod
    def _call_in(run: Run) -> Outcome:
        _current.set(run)
        args, kwargs = run.arguments()
        value = run.function(*args, **kwargs)
        if inspect.iscoroutine(value):
            value = asyncio.run(value)
        return Outcome(value)

    def __repr__(self) -> str:
        return "<%s>" % type(self).__name__


class DebugExecutor(BaseExecutor):
    """One run after another, in the thread that waits for them."""

    def submit(self, run: Run, done: Done) -> None:
        done(run, self._call(run))


class Pace:
    """How much work a pool takes in advance: what it begins with within a twentieth of
    a second, so that short runs do not wait for the daemon and long ones not here."""

    AHEAD = 0.05
    MOST = 200

    def __init__(self, workers: int):
        self._workers = workers
        self._usual: Optional[float] = None  # seconds of a run

    def note(self, seconds: float) -> None:
        self._usual = seconds if self._usual is None else 0.9 * self._usual + 0.1 * seconds

    def limit(self) -> int:
        """How many runs the pool may have, under way and waiting."""
        if self._usual is None:
            return self._workers
        return self._workers + min(self.MOST, int(self._workers * self.AHEAD / max(self._usual, 1e-6)))


class BasePoolExecutor(BaseExecutor):
    """A pool of concurrent.futures."""

    def __init__(self, pool: concurrent.futures.Executor, max_workers: int):
        self._pool = pool
        self._pace = Pace(max_workers)
        self._lock = threading.Lock()
        self._pending = 0

    def free(self) -> int:
        return max(0, self._pace.limit() - self._pending)

    def shutdown(self, wait: bool = True) -> None:
        self._pool.shutdown(wait)

    def _enter(self, by: int) -> None:
        with self._lock:
            self._pending += by


class ThreadPoolExecutor(BasePoolExecutor):
    """Threads of this process. A coroutine function runs on a loop of its own there.

    A thread of the pool carries out one run after another as long as there are some: a
    future for each of them would cost more than a short run itself."""

    def __init__(self, max_workers: int = 10, pool_kwargs: Optional[Dict[str, Any]] = None):
        self._workers = int(max_workers)
        super().__init__(concurrent.futures.ThreadPoolExecutor(self._workers, **(pool_kwargs or {})), self._workers)
        self._waiting: "collections.deque[Tuple[Run, Done]]" = collections.deque()
        self._busy = 0  # threads that carry out runs
        self._closed = False

    def submit(self, run: Run, done: Done) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError("cannot schedule new runs after shutdown")
            another = self._busy < self._workers
            self._busy += another
            self._waiting.append((run, done))
            self._pending += 1
        if another:
            try:
                self._pool.submit(self._work).add_done_callback(self._worked)
            except RuntimeError as error:
                ours = self._drop(run)
                self._lose_thread(error)
                if ours:
                    raise
        run.stopped_by(functools.partial(self._stop, run, done))

    def shutdown(self, wait: bool = True) -> None:
        with self._lock:
            self._closed = True
        super().shutdown(wait)

    def _drop(self, run: Run) -> bool:
        """Takes back a run that has not begun; False: it has."""
        with self._lock:
            for item in self._waiting:
                if item[0] is run:
                    self._waiting.remove(item)
                    self._pending -= 1
                    return True
        return False

    def _stop(self, run: Run, done: Done) -> None:
        if self._drop(run):
            done(run, Outcome(exception=concurrent.futures.CancelledError()))

    def _work(self) -> None:
        """Carries out what waits."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._busy -= 1
                    return
                run, done = self._waiting.popleft()
            begin = time.monotonic()
            outcome = self._call(run)
            with self._lock:
                self._pace.note(time.monotonic() - begin)
                self._pending -= 1
            try:
                done(run, outcome)
            except Exception:
                self.logger.exception("Error telling the end of job %s", run.job)

    def _worked(self, future: "concurrent.futures.Future[None]") -> None:
        """Looks how a thread has ended: one that could not be prepared has done nothing."""
        error = concurrent.futures.CancelledError() if future.cancelled() else future.exception()
        if error is not None:
            self._lose_thread(error)

    def _lose_thread(self, error: BaseException) -> None:
        """Counts a thread less. Without any of them what waits has ended."""
        with self._lock:
            self._busy -= 1
            if self._busy:
                return
            lost = list(self._waiting)
            self._waiting.clear()
            self._pending -= len(lost)
        for run, done in lost:
            done(run, Outcome.of_exception(error))


class ProcessPoolExecutor(BasePoolExecutor):
    """Processes that this one starts. The function must be one that they can import."""

    def __init__(self, max_workers: int = 10, pool_kwargs: Optional[Dict[str, Any]] = None):
        given = dict(pool_kwargs or {})
        given.setdefault("mp_context", multiprocessing.get_context("spawn"))
        self._new_pool = functools.partial(concurrent.futures.ProcessPoolExecutor, int(max_workers), **given)
        super().__init__(self._new_pool(), int(max_workers))

    def submit(self, run: Run, done: Done) -> None:
        self._enter(1)
        begin = time.monotonic()
        try:
            args, kwargs = run.arguments()
            try:
                future = self._pool.submit(run.function, *args, **kwargs)
            except concurrent.futures.process.BrokenProcessPool:
                self.logger.warning("Process pool is broken; replacing pool with a fresh instance")
                self._pool = self._new_pool()
                future = self._pool.submit(run.function, *args, **kwargs)
        except BaseException:
            self._enter(-1)
            raise
        run.begun = True
        run.stopped_by(future.cancel)

        def ended(future: "concurrent.futures.Future[Any]") -> None:
            self._enter(-1)
            self._pace.note(time.monotonic() - begin)
            try:
                outcome = Outcome(future.result())
            except BaseException as error:
                outcome = Outcome.of_exception(error)
            done(run, outcome)

        future.add_done_callback(ended)

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait or sys.version_info < (3, 9))  # whose pool does not survive that it is not waited for


class AsyncIOExecutor(BaseExecutor):
    """The event loop of an AsyncIOScheduler for coroutine functions, its default pool
    of threads for others. When it is shut down, what is under way is cancelled."""

    MOST = 100

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shut = True

    def start(self, scheduler: Any, alias: str) -> None:
        super().start(scheduler, alias)
        self._loop: asyncio.AbstractEventLoop = getattr(scheduler, "_eventloop", None) or _event_loop()
        self._pending: Set["asyncio.Future[Any]"] = set()
        self._submitted = 0
        self._shut = False
        self._pace = Pace(self.MOST)

    def free(self) -> int:
        return max(0, self._pace.limit() - self._submitted)

    def submit(self, run: Run, done: Done) -> None:
        with self._lock:
            if self._shut:
                raise RuntimeError("the executor is shut down")
            self._submitted += 1
        try:
            self._loop.call_soon_threadsafe(self._begin, run, done)
        except RuntimeError:
            with self._lock:
                self._submitted -= 1
            raise

    def _begin(self, run: Run, done: Done) -> None:
        begin = time.monotonic()
        future: "asyncio.Future[Any]"
        if is_coroutine_function(run.function):
            future = contextvars.copy_context().run(lambda: self._loop.create_task(self._await(run)))
        else:
            future = self._loop.run_in_executor(None, self._call, run)
        self._pending.add(future)

        def ended(future: "asyncio.Future[Any]") -> None:
            self._pending.discard(future)
            with self._lock:
                self._submitted -= 1
            self._pace.note(time.monotonic() - begin)
            done(run, Outcome(exception=asyncio.CancelledError()) if future.cancelled() else future.result())

        future.add_done_callback(ended)
        run.stopped_by(lambda: self._loop.call_soon_threadsafe(future.cancel))

    @staticmethod
    async def _await(run: Run) -> Outcome:
        run.begun = True
        _current.set(run)
        try:
            args, kwargs = run.arguments()
            return Outcome(await run.function(*args, **kwargs))
        except BaseException as error:
            return Outcome.of_exception(error)

    def shutdown(self, wait: bool = True) -> None:
        with self._lock:
            if self._shut:
                return
            self._shut = True
        try:
            self._loop.call_soon_threadsafe(self._cancel_all)
        except RuntimeError:
            pass  # the loop is no more, nor what was under way there

    def _cancel_all(self) -> None:
        for future in list(self._pending):
            future.cancel()


def _event_loop() -> asyncio.AbstractEventLoop:
    """The running loop, or that which this thread will run. So a program may start its
    scheduler before its loop, on every Python."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        pass
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return asyncio.get_event_loop()
    except RuntimeError:  # Python 3.14 makes none
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        return loop


_OTHER_EXECUTOR = "use ThreadPoolExecutor, or AsyncIOExecutor with an AsyncIOScheduler"
GeventExecutor = _refused("GeventExecutor", BaseExecutor, _OTHER_EXECUTOR)
TornadoExecutor = _refused("TornadoExecutor", BaseExecutor, "Tornado runs on asyncio: use AsyncIOScheduler and AsyncIOExecutor")
TwistedExecutor = _refused("TwistedExecutor", BaseExecutor, _OTHER_EXECUTOR)


# ---------------------------------------------------------------- the worker


RESULT_MOST = 512 * 1024
"""Bytes of the results that are sent at a time, one alone excepted. The daemon takes 1 MiB."""
ERROR_LINE = 1000  # characters of an error
ERROR_DETAIL = 32768  # characters of a traceback, its end


def result_of(run: Run, outcome: Outcome) -> Dict[str, Any]:
    """What the daemon is told of the end of a run."""
    if outcome.exception is not None:
        return {"call": run.call, **_error_of(outcome.exception, outcome.traceback)}
    value, keep = outcome.value, min(run.keep, RESULT_MOST)
    try:
        result = {"value": value}
        size = len(json.dumps(result, allow_nan=False, separators=(",", ":")))
        if size <= keep:
            return {"call": run.call, "result": result}
        why = "it has %d bytes, and %d are kept" % (size, keep)
    except (TypeError, ValueError, RecursionError) as error:
        why = "%s: %s" % (type(error).__name__, error)
    try:
        shown_as = _beginning(repr(value), keep // 2)
    except Exception as error:
        shown_as = "<%s, whose repr fails: %s>" % (type(value).__name__, error)
    return {"call": run.call, "result": {"repr": shown_as, "why": why[:ERROR_LINE]}}


def _beginning(text: str, most: int) -> str:
    """As much of a text as has so many bytes in JSON, or somewhat less."""
    text = text[:most]
    while len(json.dumps(text)) > most:
        text = text[: len(text) * most // len(json.dumps(text)) - 2]
    return text


def _error_of(error: BaseException, trace: str) -> Dict[str, Any]:
    """An exception as one line, and with its traceback."""
    name = type(error).__name__
    try:
        text = str(error).strip()
        whole = "".join(traceback.format_exception_only(type(error), error))
    except Exception as inner:
        text = "<str() of it fails with %s>" % type(inner).__name__
        whole = "%s: %s\n" % (name, text)
    line = "%s: %s" % (name, text.splitlines()[0]) if text else name
    detail = "Traceback (most recent call last):\n%s%s" % (trace, whole)
    return {
        "error": line if len(line) <= ERROR_LINE else line[:ERROR_LINE] + "...",
        "detail": detail if len(detail) <= ERROR_DETAIL else "...\n" + detail[-ERROR_DETAIL:],
    }


class Told(NamedTuple):
    """What the daemon is to be told of a call, by the worker that has had it."""

    membership: str
    call: int
    text: bytes  # JSON


def workers_path(executor: str) -> str:
    return "/executors/%s/workers" % urllib.parse.quote(executor, safe="")


class Worker:
    """This process among those that carry out runs for an executor of the daemon.

    A thread waits for runs, and another brings results, so that neither holds up the
    other. When the daemon was away, or does not know us any more, we join again, with
    all our functions; what was begun before goes on, and its result is nobody's."""

    WAIT = 20.0  # seconds that the daemon may hold a request
    NAMES = 5000  # functions that one request tells of
    GONE = 100  # functions that are gone for which a request is worth while

    def __init__(
        self,
        daemon: Daemon,
        executor: str,
        functions: Functions,
        runner: "Runner",
        logger: logging.Logger,
        daemonic: bool = True,
    ):
        self._daemon, self._executor, self._functions = daemon, executor, functions
        self._runner, self._logger, self._daemonic = runner, logger, daemonic
        self._pid = os.getpid()  # in a process that was forked from ours nothing of this lives
        self._changed = threading.Condition()
        self._id: Optional[str] = None  # by which the daemon knows us; None: it does not
        self._lease = 10.0
        self._after = 0
        self._joined: Set[str] = set()  # the functions that it knows of
        self._version = -1  # of the functions, as it knows them
        self._telling = threading.Lock()  # one request about functions at a time: a later one says what holds
        self._results: List[Told] = []
        self._sending = 0
        self._runs: Dict[int, Run] = {}
        self._state = "stopped"  # asking, stopping, stopped
        self._exits = False  # the program ends
        self._refused = False  # by a pool or a loop that takes no more
        self._generation = 0
        self._waiting: Optional[http.client.HTTPConnection] = None
        self._threads: List[threading.Thread] = []
        self._leaving: Optional[threading.Thread] = None

    @property
    def path(self) -> str:
        return workers_path(self._executor)

    def start(self) -> None:
        """Joins, and begins to ask for runs."""
        with self._changed:
            self._generation += 1
            self._state = "asking"
            generation = self._generation
        self._join(patient=True)
        self.know()
        self._threads = [
            threading.Thread(target=self._ask_for_runs, args=(generation,), name="APScheduler", daemon=self._daemonic),
            threading.Thread(target=self._bring_results, args=(generation,), name="APScheduler results", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def know(self) -> None:
        """Tells the daemon of functions that are new, and of those that are gone."""
        with self._telling:
            while True:
                with self._changed:
                    me, version = self._id, self._functions.version
                    if me is None or self._state != "asking" or version == self._version or os.getpid() != self._pid:
                        return
                    names = set(self._functions.names())
                    news, gone = list(names - self._joined)[: self.NAMES], list(self._joined - names)[: self.NAMES]
                    if not news and len(gone) < self.GONE:
                        if not gone:
                            self._version = version
                        return
                if not self._tell_functions(me, news, gone):
                    return

    def _tell_functions(self, me: str, news: List[str], gone: List[str]) -> bool:
        """Is False if the daemon does not know us, who have joined again then."""
        try:
            self._daemon.ask("POST", "%s/%s/functions" % (self.path, me), {"functions": news, "gone": gone})
        except DaemonError as error:
            if error.status != 404:
                raise
            self._forgotten(me)
            self._join(patient=True)
            return True
        with self._changed:
            if self._id == me:
                self._joined.update(news)
                self._joined.difference_update(gone)
        return True

    def ended(self, run: Run, outcome: Outcome) -> None:
        """Takes the result of a run."""
        told = {"call": run.call, "declined": True} if run.declined and not run.begun else result_of(run, outcome)
        with self._changed:
            self._runs.pop(run.call, None)
            self._results.append(Told(run.membership, run.call, json_text(told)))
            self._changed.notify_all()

    def stop(self, wait: bool, decline: bool) -> None:
        """Takes no more runs, and takes leave once the results of those that have begun are
        brought: with wait before it returns, otherwise in a thread. With decline those that
        have not begun are given back."""
        here = current_run()
        if not self._quiet():
            return
        for run in self._under_way(here) if decline else ():
            run.decline()
        if wait:
            self._await_runs(here)
        if not self._under_way(None):
            self._leave()
            return
        leaving = threading.Thread(target=self._leave_later, name="APScheduler leave", daemon=True)
        try:
            leaving.start()
            self._leaving = leaving
        except RuntimeError:
            pass  # the program ends: see exit()

    def exit(self) -> None:
        """Takes leave, if that is not done, as the program ends. What has not ended by now,
        such as a coroutine whose loop is no more, does not."""
        if os.getpid() != self._pid:
            return
        with self._changed:
            self._exits = True
            self._changed.notify_all()
        if self._leaving is not None:
            self._leaving.join(10)
        self._leave()

    @property
    def gone(self) -> bool:
        """Whether it has taken leave."""
        return self._id is None

    def _quiet(self) -> bool:
        """Asks for no more runs. False: that was done before."""
        with self._changed:
            stopped, self._state = self._state == "stopped", "stopping"
            if stopped or os.getpid() != self._pid:
                self._state = "stopped"
                return False
            me, connection = self._id, self._waiting
            self._changed.notify_all()
        _interrupt(connection)
        asking = self._threads[0] if self._threads else None
        if asking is not None and asking is not threading.current_thread():
            asking.join(5)
        if me is not None:
            self._take_back(me)
            self._reclaim(me)
        return True

    def _take_back(self, me: str) -> None:
        """Tells the daemon that we have no functions any more: their jobs are for others,
        or wait."""
        with self._telling:
            with self._changed:
                gone = list(self._joined)
            try:
                for n in range(0, len(gone), self.NAMES):
                    self._daemon.once("POST", "%s/%s/functions" % (self.path, me), {"gone": gone[n : n + self.NAMES]}, 5)
            except (OSError, http.client.HTTPException, DaemonError):
                pass  # it is away, or does not know us

    def _under_way(self, here: Optional[Run]) -> List[Run]:
        with self._changed:
            return [run for run in self._runs.values() if run is not here]

    def _await_runs(self, here: Optional[Run] = None) -> None:
        """Waits for the runs under way, without the one that waits."""
        with self._changed:
            me = self._id
        while self._under_way(here):
            with self._changed:
                if self._id is None or self._exits:
                    return
                silent = not self._changed.wait(self._lease / 3)
            if silent:
                self._stay(me)

    def _leave(self) -> None:
        """Takes leave of the daemon, when it has the results that there are."""
        with self._changed:
            for _ in range(50):
                if not self._results and not self._sending or self._id is None:
                    break
                self._changed.wait(0.1)
            self._state = "stopped"
            self._generation += 1
            me, self._id = self._id, None
            self._joined = set()
            self._changed.notify_all()
        if me is None:
            return
        try:
            self._daemon.once("DELETE", "%s/%s" % (self.path, me), timeout=5)
        except (OSError, http.client.HTTPException, DaemonError):
            pass  # it is away; our lease ends by itself

    def _leave_later(self) -> None:
        """The thread that takes leave of the daemon when the runs under way have ended."""
        try:
            self._await_runs()
            self._leave()
        finally:
            self._daemon.release()

    def _join(self, patient: bool) -> None:
        """Makes us known to the daemon."""
        version, names = self._functions.version, self._functions.names()
        first = names[: self.NAMES]
        body = {"name": "%s:%d" % (socket.gethostname(), os.getpid()), "functions": first}
        answer = self._daemon.ask("POST", self.path, body) if patient else self._daemon.once("POST", self.path, body)
        with self._changed:
            self._id, self._lease = answer["id"], answer.get("lease") or 10.0
            self._joined, self._after = set(first), 0
            self._version = version if len(first) == len(names) else -1

    def _forgotten(self, me: str) -> None:
        """The daemon does not know us any more."""
        with self._changed:
            if self._id == me:
                self._id = None

    def _ask_for_runs(self, generation: int) -> None:
        """The thread that waits for runs."""
        try:
            self._go_on_asking(generation)
            with self._changed:
                refused = self._generation == generation and self._refused
            if refused and not _interpreter_ends():
                self.stop(wait=True, decline=False)
        finally:
            self._daemon.release()

    def _go_on_asking(self, generation: int) -> None:
        away, pause = False, 0.1
        while True:
            with self._changed:
                if self._generation != generation or self._state != "asking":
                    return
                me = self._id
            try:
                if me is None:
                    self._join(patient=False)
                else:
                    self._exchange(me)
                if away:
                    self._logger.info("The daemon at %s is back", self._daemon.place)
                away, pause = False, 0.1
                self.know()
                continue
            except DaemonError as error:
                if error.status == 404 and me is not None and error.type != "no-scheduler":
                    self._forgotten(me)
                    continue
                why: BaseException = error
            except (OSError, http.client.HTTPException) as error:
                why = error
            except Exception as error:
                if _interpreter_ends():
                    return
                self._logger.exception("Error asking for runs")
                why = error
            with self._changed:
                if self._generation != generation or self._state != "asking":
                    return
                if not away:
                    self._logger.warning("The daemon at %s is away (%s); runs wait for it", self._daemon.place, str(why) or type(why).__name__)
                away = True
                self._changed.wait(pause)
            pause = min(pause * 2, 2.0)

    def _exchange(self, me: str) -> None:
        """Asks for as many runs as can begin, and waits for them."""
        free = self._runner.free()
        if free <= 0:
            with self._changed:
                self._changed.wait(self._lease / 3)
            free = self._runner.free()
        wait = self.WAIT if free > 0 else 0
        body = {"free": min(free, 1000), "wait": wait, "after": self._after}
        try:
            answer = self._daemon.once("POST", "%s/%s/exchange" % (self.path, me), body, wait + 15, self._interruptible)
        finally:
            with self._changed:
                self._waiting = None
        self._take(me, answer)

    def _interruptible(self, connection: http.client.HTTPConnection) -> None:
        """Lets stop() end the wait for an answer on a connection."""
        with self._changed:
            if self._state != "asking":
                raise ConnectionAbortedError("the scheduler is shutting down")
            self._waiting = connection

    def _stay(self, me: Optional[str]) -> None:
        """Says that we are alive, while runs end."""
        try:
            self._cancel(self._daemon.once("POST", "%s/%s/exchange" % (self.path, me), {}, 5))
        except (OSError, http.client.HTTPException, DaemonError):
            pass  # it is away, or does not know us: then nobody waits for our results

    def _reclaim(self, me: str) -> None:
        """Gives back what was in an answer that stop() has interrupted."""
        try:
            answer = self._daemon.once("POST", "%s/%s/exchange" % (self.path, me), {"free": 1, "after": self._after}, 5)
        except (OSError, http.client.HTTPException, DaemonError):
            return  # it is away, or does not know us
        self._take(me, answer)

    def _take(self, me: str, answer: Mapping[str, Any]) -> None:
        """Begins with the runs of an answer, and ends those that are to end."""
        calls = answer.get("calls") or []
        if calls:
            self._after = answer["serial"]
        for call in calls:
            with self._changed:
                known, stopping = call["call"] in self._runs, self._state != "asking"
            if known:  # its answer was lost on the way, and came again
                continue
            function = self._functions.get(call["func"])
            if function is None or stopping:
                self._give_back(me, call["call"])
                continue
            run = Run(call, function, me)
            with self._changed:
                self._runs[run.call] = run
            try:
                self._runner.begin(run, self.ended)
            except RuntimeError as error:  # a pool or a loop that takes no more
                if not _interpreter_ends():
                    self._logger.warning("No runs are taken any more: job %s cannot begin (%s)", run.job, error)
                run.declined = True
                self.ended(run, Outcome())
                with self._changed:
                    self._state, self._refused = "stopping", True
            except Exception as error:
                self._logger.exception("Error submitting job %s", run.job)
                self.ended(run, Outcome.of_exception(error))
        self._cancel(answer)

    def _give_back(self, me: str, call: int) -> None:
        with self._changed:
            self._results.append(Told(me, call, json_text({"call": call, "declined": True})))
            self._changed.notify_all()

    def _cancel(self, answer: Mapping[str, Any]) -> None:
        for call in answer.get("cancel") or ():
            with self._changed:
                run = self._runs.get(call)
            if run is not None:
                run.cancel()

    def _bring_results(self, generation: int) -> None:
        """The thread that brings results, all that there are at a time."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._results) or self._generation != generation)
                if self._generation != generation:
                    self._daemon.release()
                    return
                me = self._id
                batch = self._batch()
                ours = [told for told in batch if told.membership == me]
                self._sending = len(ours)
            try:
                if ours and me is not None:
                    self._bring(me, ours, generation)
            finally:
                with self._changed:
                    self._sending = 0
                    self._changed.notify_all()

    def _batch(self) -> List[Told]:
        """As many results as one request may have."""
        size, n = 0, 0
        for told in self._results[:1000]:
            size += len(told.text) + 1
            if n and size > RESULT_MOST:
                break
            n += 1
        batch = self._results[:n]
        del self._results[:n]
        return batch

    def _bring(self, me: str, results: List[Told], generation: int) -> None:
        """Brings results. What the daemon refuses is brought in halves, so that the others
        arrive, and a single one in the end as an error."""
        pause = 0.05
        while True:
            body = b'{"results":[' + b",".join(told.text for told in results) + b"]}"
            try:
                self._cancel(self._daemon.once("POST", "%s/%s/exchange" % (self.path, me), body))
                return
            except DaemonError as error:
                if error.status == 404:
                    self._forgotten(me)
                    return
                if error.status in (400, 413, 422):
                    self._bring_refused(me, results, generation, error)
                    return
            except (OSError, http.client.HTTPException):
                pass
            except Exception:
                self._logger.exception("Error bringing the results of %d runs", len(results))
            with self._changed:
                if self._id != me or self._generation != generation:
                    return
                self._changed.wait(pause)
            pause = min(pause * 2, 2.0)

    def _bring_refused(self, me: str, results: List[Told], generation: int, error: DaemonError) -> None:
        if len(results) > 1:
            half = len(results) // 2
            self._bring(me, results[:half], generation)
            self._bring(me, results[half:], generation)
            return
        call = results[0].call
        self._logger.error("The daemon refuses the result of a run: %s", error)
        if b'"error":"its result was refused: ' not in results[0].text:
            instead = {"call": call, "error": ("its result was refused: %s" % error)[:ERROR_LINE]}
            self._bring(me, [Told(me, call, json_text(instead))], generation)


def _interpreter_ends() -> bool:
    """Whether the program has come to its end, after which there are no new threads."""
    return sys.is_finalizing() or not threading.main_thread().is_alive()


def _await_pools() -> None:
    """Waits for the threads of pools, as Python does before it ends. That of 3.8 does so
    only after what was registered later."""
    if sys.version_info < (3, 9):
        concurrent.futures.thread._python_exit()


def _interrupt(connection: Optional[http.client.HTTPConnection]) -> None:
    """Ends the wait of another thread for an answer."""
    sock = getattr(connection, "sock", None)
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has just ended


class EventStream:
    """Events of some types that the daemon tells of, from the one after a number on. A
    thread listens."""

    def __init__(self, daemon: Daemon, types: AbstractSet[str], last: str, tell: Callable[[Mapping[str, Any]], None], logger: logging.Logger):
        self._daemon, self.types, self.last, self._tell, self._logger = daemon, types, last, tell, logger
        self._stopped = threading.Event()
        self.connected = threading.Event()
        self._connection: Optional[http.client.HTTPConnection] = None
        self._thread = threading.Thread(target=self._listen, name="APScheduler events", daemon=True)
        self._thread.start()

    def stop(self, wait: bool = False) -> None:
        """Begins to tell of nothing more; with wait what is told just now is over then."""
        self._stopped.set()
        _interrupt(self._connection)
        if wait and self._thread is not threading.current_thread():
            self._thread.join(5)

    def _listen(self) -> None:
        """The thread."""
        while not self._stopped.is_set():
            try:
                for number, data in self._events(self.last):
                    if self._stopped.is_set():
                        return
                    self.last = number
                    try:
                        self._tell(json.loads(data))
                    except Exception:
                        self._logger.exception("Error notifying listener")
            except (OSError, http.client.HTTPException, AttributeError):
                pass  # it is away, or was interrupted
            if self._connection is not None:
                self._connection.close()
            self._stopped.wait(0.5)

    def _events(self, last: str) -> Iterator[Tuple[str, str]]:
        self._connection = connection = self._daemon.connect(60)
        headers = dict(self._daemon.headers)
        if last:
            headers["Last-Event-ID"] = last
        connection.request("GET", "/api/v1/events?types=" + ",".join(sorted(self.types)), headers=headers)
        answer = connection.getresponse()
        if answer.status != 200:
            answer.read()
            raise http.client.HTTPException("HTTP status %d" % answer.status)
        self.connected.set()
        number, data = last, ""
        while True:
            line = answer.readline().decode("utf-8", "replace").rstrip("\n")
            if line.startswith("id: "):
                number = line[4:]
            elif line.startswith("data: "):
                data = line[6:]
            elif not line and data:
                yield number, data
                data = ""
            if not line and answer.isclosed():
                return


# ---------------------------------------------------------------- jobs


class Job:
    """A job: what is called, when, and what is done about late and overlapping runs.

    Of a job of a memory store next_run_time is asked for when it is looked at; of
    others it is as it was when the job was got."""

    FRESH = 0.5  # seconds for which what the daemon said of a memory job is taken as it is

    def __init__(self, scheduler: "BaseScheduler", id: Optional[str] = None, **attributes: Any):
        if id is not None and not isinstance(id, str):
            raise TypeError("id must be a nonempty string")
        self._scheduler = scheduler
        self._jobstore_alias: Optional[str] = None
        self._chosen = bool(id)  # by the program
        self._seen = 0.0
        self._next: Optional[datetime.datetime] = None
        self._paused = False
        self._given_next = False  # the program has said when it runs next
        self._function: Optional[str] = None  # its name, while this process has the job
        self._options: Mapping[str, str] = {}  # by which the daemon knows its trigger
        self._revision = 0
        self.id = id or uuid.uuid4().hex
        self.pending = True
        self.extra: Options = {}
        self._set(attributes)

    def _set(self, attributes: Mapping[str, Any]) -> None:
        for name, value in attributes.items():
            setattr(self, "_next" if name == "next_run_time" else name, value)

    # what is called
    func: Callable[..., Any]
    func_ref: Optional[str]
    args: Tuple[Any, ...]
    kwargs: Dict[str, Any]
    _arguments: Options  # both as the daemon takes them
    # when, and how
    name: str
    trigger: BaseTrigger
    executor: str
    coalesce: bool
    misfire_grace_time: Optional[int]
    max_instances: int

    @property
    def next_run_time(self) -> Optional[datetime.datetime]:
        if not self.pending and self._scheduler._places.in_memory(self._jobstore_alias) and time.monotonic() - self._seen > self.FRESH:
            fresh = self._scheduler.get_job(self.id, self._jobstore_alias)
            self._next = fresh._next if fresh else None
            self._seen = time.monotonic()
        return self._next

    def modify(self, **changes: Any) -> "Job":
        self._scheduler.modify_job(self.id, self._jobstore_alias, **changes)
        return self

    def reschedule(self, trigger: Any, **trigger_args: Any) -> "Job":
        self._scheduler.reschedule_job(self.id, self._jobstore_alias, trigger, **trigger_args)
        return self

    def pause(self) -> "Job":
        self._scheduler.pause_job(self.id, self._jobstore_alias)
        return self

    def resume(self) -> "Job":
        self._scheduler.resume_job(self.id, self._jobstore_alias)
        return self

    def remove(self) -> None:
        self._scheduler.remove_job(self.id, self._jobstore_alias)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __str__(self) -> str:
        return self._shown(self.next_run_time)

    def _shown(self, at: Optional[datetime.datetime]) -> str:
        if self.pending:
            status = "pending"
        else:
            status = "next run at: " + shown(at) if at else "paused"
        return "%s (trigger: %s, %s)" % (self.name, self.trigger, status)

    def __repr__(self) -> str:
        return "<Job (id=%s name=%s)>" % (self.id, self.name)


def checked(changes: Mapping[str, Any], job: Optional[Job], tz: datetime.tzinfo) -> Dict[str, Any]:
    """The attributes of a job, as modify() takes them, each as it is kept."""
    given, found = dict(changes), {}
    if "id" in given:
        raise ValueError("The job ID may not be changed")
    if "func" in given or "args" in given or "kwargs" in given:
        found.update(_checked_call(given, job))
    rules: Tuple[Tuple[str, Callable[[Any], Any], str], ...] = (
        ("name", lambda v: isinstance(v, str) and v, "name must be a nonempty string"),
        ("executor", lambda v: isinstance(v, str), "executor must be a string"),
        ("coalesce", lambda v: True, ""),
        ("max_instances", lambda v: isinstance(v, int) and v > 0, "max_instances must be a positive integer"),
        (
            "misfire_grace_time",
            lambda v: v is None or (isinstance(v, int) and v > 0),
            "misfire_grace_time must be either None or a positive integer",
        ),
    )
    for name, good, complaint in rules:
        if name in given:
            found[name] = given.pop(name)
            if not good(found[name]):
                raise TypeError(complaint)
    if "coalesce" in found:
        found["coalesce"] = bool(found["coalesce"])
    if "trigger" in given:
        found["trigger"] = given.pop("trigger")
        if not isinstance(found["trigger"], BaseTrigger):
            raise TypeError("Expected a trigger instance, got %s instead" % type(found["trigger"]).__name__)
    if "next_run_time" in given:
        at = given.pop("next_run_time")
        found["next_run_time"] = None if at is None else as_datetime(at, tz, "next_run_time")
    if given:
        raise AttributeError("The following are not modifiable attributes of Job: %s" % ", ".join(given))
    return found


def _checked_call(given: Dict[str, Any], job: Optional[Job]) -> Dict[str, Any]:
    func = given.pop("func", None) if "func" in given else getattr(job, "func", None)
    args = given.pop("args") if "args" in given else getattr(job, "args", ())
    kwargs = given.pop("kwargs") if "kwargs" in given else getattr(job, "kwargs", {})
    ref: Optional[str] = None
    if isinstance(func, str):
        ref, func = func, ref_to_obj(func)
    elif callable(func):
        try:
            ref = obj_to_ref(func)
        except ValueError:
            ref = None  # a lambda, a partial and so on: for memory stores
    else:
        raise TypeError("func must be a callable or a textual reference to one")
    if isinstance(args, str) or not isinstance(args, collections.abc.Iterable):
        raise TypeError("args must be a non-string iterable")
    if isinstance(kwargs, str) or not isinstance(kwargs, collections.abc.Mapping):
        raise TypeError("kwargs must be a dict-like object")
    args, kwargs = tuple(args), dict(kwargs)
    check_callable_args(func, args, kwargs)
    encoded = {
        "args": encode(list(args), "args") or None,
        "kwargs": {key: encode(value, "kwargs.%s" % key) for key, value in kwargs.items()} or None,
    }
    return {"func": func, "func_ref": ref, "args": args, "kwargs": kwargs, "_arguments": encoded}


def to_daemon_id(id: str) -> str:
    """The id of a job for the daemon, where some characters mean something: they are
    escaped as in URLs."""
    escaped = re.sub(r"[%:/\]\x00-\x1f\x7f]", lambda found: "%%%02X" % ord(found.group()), id)
    return re.sub(r"^\s|\s$", lambda found: urllib.parse.quote(found.group()), escaped)


def from_daemon_id(id: str) -> str:
    """The id of a job for the program."""
    return urllib.parse.unquote(id)


def policy_options(attributes: Mapping[str, Any]) -> Options:
    """The options of a section [job:x] for attributes of a job."""
    words: Options = dict(attributes.get("_arguments") or {})
    if "name" in attributes:
        words["name"] = attributes["name"]
    if "misfire_grace_time" in attributes:
        grace = attributes["misfire_grace_time"]
        words["misfire_grace_time"] = "none" if grace is None else grace
    if "coalesce" in attributes:
        words["coalesce"] = "latest" if attributes["coalesce"] else "all"
    if "max_instances" in attributes:
        words["max_instances"] = attributes["max_instances"]
    return words


# ---------------------------------------------------------------- schedulers

STATE_STOPPED, STATE_RUNNING, STATE_PAUSED = range(3)

_EXECUTORS: Dict[str, type] = {
    "debug": DebugExecutor,
    "threadpool": ThreadPoolExecutor,
    "processpool": ProcessPoolExecutor,
    "asyncio": AsyncIOExecutor,
    "gevent": GeventExecutor,
    "tornado": TornadoExecutor,
    "twisted": TwistedExecutor,
}
_JOBSTORES: Dict[str, type] = {
    "memory": MemoryJobStore,
    "redis": RedisJobStore,
    "sqlalchemy": SQLAlchemyJobStore,
    "mongodb": MongoDBJobStore,
    "rethinkdb": RethinkDBJobStore,
    "zookeeper": ZooKeeperJobStore,
    "etcd": EtcdJobStore,
    "watchkeeper": WatchkeeperJobStore,
}


class Handles:
    """The jobs that this process has added, by the daemon's store and id. A function
    without a name of its own is known as long as one of them has it.

    A job that the daemon has removed may have a run still: the last ones stay for that."""

    RETIRED = 1000

    def __init__(self, functions: Functions):
        self._functions = functions
        self._lock = threading.Lock()
        self._all: Dict[Tuple[str, str], Job] = {}
        self._retired: "collections.OrderedDict[Tuple[str, str], Job]" = collections.OrderedDict()

    def get(self, place: str, id: str) -> Optional[Job]:
        return self._all.get((place, id))

    def of_run(self, place: str, id: str) -> Optional[Job]:
        """The job of a run: the daemon may have removed it, if this was its last."""
        with self._lock:
            return self._all.get((place, id)) or self._retired.get((place, id))

    def all(self) -> List[Tuple[str, str, Job]]:
        with self._lock:
            return [(place, id, job) for (place, id), job in self._all.items()]

    @contextlib.contextmanager
    def adding(self, place: str, id: str, job: Job, function: str) -> Iterator[None]:
        """Has a job while it is being added, since it may run before the daemon answers,
        and from then on if that works."""
        self._functions.hold(function)
        with self._lock:
            old, self._all[place, id] = self._all.get((place, id)), job
        former, job._function = None if old is None else old._function, function
        try:
            yield
        except BaseException:
            with self._lock:
                del self._all[place, id]
                if old is not None:
                    self._all[place, id] = old
            job._function = None
            if old is job:
                job._function = former
            self._functions.release(function)
            raise
        if former is not None:
            self._functions.release(former)

    def rename(self, job: Job, function: str) -> None:
        """Notes that a job has another function."""
        if job._function is not None and function != job._function:
            self._functions.hold(function)
            self._functions.release(job._function)
            job._function = function

    def retire(self, place: str, id: str) -> None:
        """Notes that the daemon has the job no more."""
        with self._lock:
            job = self._all.pop((place, id), None)
            if job is None:
                return
            old = self._retired.pop((place, id), None)
            self._retired[place, id] = job
            oldest = self._retired.popitem(last=False)[1] if len(self._retired) > self.RETIRED else None
        self._release(old)
        self._release(oldest)

    def drop(self, place: str, id: str, job: Job) -> None:
        """Lets go of a job that has no run any more, unless another has taken its id."""
        with self._lock:
            for jobs in (self._all, self._retired):
                if jobs.get((place, id)) is job:
                    del jobs[place, id]
                    break
            else:
                return
        self._release(job)

    def _release(self, job: Optional[Job]) -> None:
        if job is not None and job._function is not None:
            self._functions.release(job._function)
            job._function = None


class Settings:
    """What a scheduler is configured with: options, and gconfig with a prefix."""

    def __init__(self, gconfig: Mapping[str, Any], prefix: Optional[str], options: Mapping[str, Any]):
        config: Dict[str, Any] = {}
        for key, value in gconfig.items():
            if prefix and not key.startswith(prefix):
                continue
            *path, last = key[len(prefix or "") :].split(".")
            within = config
            for part in path:
                within = within.setdefault(part, {})
            within[last] = value
        config.update(options)
        self._config = config
        logger = config.get("logger")
        self.logger: logging.Logger = (
            (ref_to_obj(logger) if isinstance(logger, str) else logger) if logger else logging.getLogger("apscheduler.scheduler")
        )
        self.timezone = self._timezone(config.get("timezone"))
        self.job_defaults = self._job_defaults(config.get("job_defaults") or {})
        ours: Dict[str, Any] = config.get("watchkeeper") or {}
        self.daemon = Daemon(**{key: ours.get(key) for key in ("url", "username", "password", "token", "patience")})
        self.executor: Optional[str] = ours.get("executor") or os.environ.get("WATCHKEEPER_EXECUTOR") or None
        places: Any = ours.get("jobstores") or os.environ.get("WATCHKEEPER_JOBSTORES") or {}
        self.places = self._places(places)
        self.executors = self._plugins("executor", _EXECUTORS, BaseExecutor)
        self.jobstores = self._plugins("jobstore", _JOBSTORES, BaseJobStore)

    def get(self, key: str, default: Any = None) -> Any:
        return self._config.get(key, default)

    @staticmethod
    def _timezone(value: Any) -> datetime.tzinfo:
        if value is None:
            return local_zone()
        if isinstance(value, str):
            return zone(value)
        if isinstance(value, datetime.tzinfo):
            return value
        raise TypeError("Expected tzinfo, got %s instead" % type(value).__name__)

    @staticmethod
    def _job_defaults(given: Mapping[str, Any]) -> Dict[str, Any]:
        grace = given.get("misfire_grace_time", 1)
        return {
            "misfire_grace_time": None if grace in (None, "") else int(grace),
            "coalesce": as_bool(given.get("coalesce", True)),
            "max_instances": int(given.get("max_instances", 1)),
        }

    @staticmethod
    def _places(given: Union[str, Mapping[str, str]]) -> Dict[str, str]:
        """The daemon's stores for aliases, as "redis=jobs,default=main" has them."""
        if not isinstance(given, str):
            return dict(given)
        pairs = [part.partition("=") for part in given.split(",") if part.strip()]
        return {alias.strip(): name.strip() for alias, _, name in pairs}

    def _plugins(self, what: str, known: Mapping[str, type], base: type) -> Dict[str, Any]:
        found = {}
        for alias, value in (self._config.get(what + "s") or {}).items():
            if isinstance(value, base):
                found[alias] = value
            elif isinstance(value, collections.abc.Mapping):
                words = dict(value)
                plugin, cls = words.pop("type", None), words.pop("class", None)
                if plugin:
                    found[alias] = plugin_class(what, known, plugin)(**words)
                elif cls:
                    found[alias] = class_of(cls)(**words)
                else:
                    raise ValueError(
                        'Cannot create %s "%s" -- either "type" or "class" must be defined' % ("executor" if what == "executor" else "job store", alias)
                    )
            else:
                raise TypeError(
                    'Expected %s instance or dict for %ss["%s"], got %s instead' % (base.__name__, what, alias, type(value).__name__)
                )
        return found


def as_bool(value: Any) -> bool:
    """A truth value, as a configuration has it."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in ("true", "yes", "on", "y", "t", "1"):
            return True
        if word in ("false", "no", "off", "n", "f", "0"):
            return False
        raise ValueError("unable to interpret value %r as boolean" % value)
    return bool(value)


def plugin_class(what: str, known: Mapping[str, type], name: str) -> type:
    """The class with a short name, such as threadpool."""
    if name not in known:
        raise LookupError("No %s by the name \"%s\" was found" % (what, name))
    return known[name]


def class_of(ref: str) -> Any:
    """The class that module:Class means, also where that is APScheduler's."""
    module, _, name = ref.partition(":")
    if name in HOMES.get(module, ()):
        return globals()[name]
    return ref_to_obj(ref)


class Shared(NamedTuple):
    """What the parts of a scheduler have in common."""

    lock: ContextManager[Any]  # held while jobs are changed
    listeners: Listeners
    logger: logging.Logger
    timezone: datetime.tzinfo


class Places:
    """Which of the daemon's executors and stores this program means."""

    def __init__(self, settings: Settings):
        self._daemon, self._wanted, self._named = settings.daemon, settings.executor, settings.places
        self.stores: Dict[str, BaseJobStore] = {}
        """The job stores of the program, by alias."""
        self.names: Dict[str, str] = {}
        """The daemon's stores, by alias, once they are found."""
        self.executor = ""
        """The daemon's executor, once it is found."""
        self._daemons: Sequence[Mapping[str, Any]] = ()  # its stores

    def find(self) -> None:
        """Asks the daemon what it has."""
        try:
            told = self._daemon.ask("GET", "/scheduler")
        except DaemonError as error:
            if error.type == "no-scheduler":
                raise DaemonConfigurationError(self._lacking("a scheduler", ["[scheduler]", "", "[executor:app]", "type = remote"])) from None
            raise
        self.executor = self._executor_of([e["name"] for e in told["executors"] if e["type"] == "remote"])
        self._daemons = told["jobstores"]
        self.names = {alias: self._name_of(alias, store) for alias, store in self.stores.items()}

    def _executor_of(self, remote: List[str]) -> str:
        wanted = self._wanted
        if wanted and wanted not in remote or not remote:
            raise DaemonConfigurationError(
                self._lacking("an executor for the functions of programs", ["[executor:%s]" % (wanted or "app"), "type = remote"])
            )
        if not wanted and len(remote) > 1:
            raise DaemonConfigurationError(
                "the daemon has several executors of type remote: say which one is this program's by WATCHKEEPER_EXECUTOR, or the option "
                "watchkeeper={'executor': %r}; there are %s" % (remote[0], ", ".join(remote))
            )
        return wanted or remote[0]

    def _name_of(self, alias: str, store: BaseJobStore) -> str:
        named = self._named.get(alias)
        found = WatchkeeperJobStore(named).find(self._daemons) if named else store.find(self._daemons)
        if found is None:
            lines = ["[jobstore:%s]" % (named or alias)] + (WatchkeeperJobStore(named).section() if named else store.section())
            raise DaemonConfigurationError(self._lacking("a job store at %s" % (named or store.place()), lines))
        return found

    def _lacking(self, what: str, lines: List[str]) -> str:
        return "the daemon at %s does not have %s. Add to its configuration file, and have it read by watchkeeper ctl update:\n\n%s\n" % (
            self._daemon.place,
            what,
            "\n".join(lines),
        )

    def add(self, alias: str, store: BaseJobStore, at_once: bool) -> None:
        """Adds a job store, which is looked for at once or by find()."""
        if at_once:
            self.names[alias] = self._name_of(alias, store)
        self.stores[alias] = store

    def remove(self, alias: str) -> None:
        del self.stores[alias]
        self.names.pop(alias, None)

    def name(self, alias: Optional[str]) -> str:
        """The daemon's store for an alias; KeyError."""
        if alias is None or alias not in self.names:
            raise KeyError("No such job store: %s" % alias)
        return self.names[alias]

    def in_memory(self, alias: Optional[str]) -> bool:
        """Whether the jobs of a store are those of this program alone."""
        store = self.stores.get(alias or "")
        return store is not None and not store.persistent

    def alias_of(self, job: Optional[Job], place: str) -> Optional[str]:
        """The program's name for one of the daemon's stores: that of the job, if it is known."""
        if job is not None:
            return job._jobstore_alias
        return next((alias for alias, name in list(self.names.items()) if name == place), None)


class JobEvents:
    """The events of jobs: those of what others do, and of runs that were missed or may
    not begin, come from the daemon. What we do ourselves we tell ourselves, and pass the
    daemon's event over."""

    CODES = {
        "JOB_ADDED": EVENT_JOB_ADDED,
        "JOB_REMOVED": EVENT_JOB_REMOVED,
        "JOB_MODIFIED": EVENT_JOB_MODIFIED,
        "JOB_MISSED": EVENT_JOB_MISSED,
        "JOB_SUBMITTED": EVENT_JOB_SUBMITTED,
        "JOB_MAX_INSTANCES": EVENT_JOB_MAX_INSTANCES,
    }
    CHANGES = {"JOB_ADDED", "JOB_REMOVED", "JOB_MODIFIED"}  # of which we are to know in any case

    def __init__(self, shared: Shared, daemon: Daemon, handles: Handles, places: Places):
        self._shared, self._daemon, self._handles, self._places = shared, daemon, handles, places
        self._stream: Optional[EventStream] = None
        self._expected: Dict[Tuple[int, str, str], int] = collections.Counter()  # of the daemon, that we have told

    def listen(self) -> None:
        """Listens to the daemon, if anybody wants what it tells. Of runs it tells much:
        those events are only asked for if a listener wants them."""
        wanted = {type for type, code in self.CODES.items() if self._shared.listeners.mask & code}
        former = self._stream
        if not wanted or (former is not None and wanted <= former.types):
            return
        wanted |= self.CHANGES
        if former is not None:
            former.stop(wait=True)
        self._stream = EventStream(self._daemon, wanted, former.last if former else "", self._told, self._shared.logger)
        self._stream.connected.wait(self._daemon.patience)

    def stop(self) -> None:
        stream, self._stream = self._stream, None
        self._expected.clear()
        if stream is not None:
            stream.stop()

    def tell(self, code: int, id: str, alias: Optional[str]) -> None:
        """Tells of what this process has done with a job."""
        self._shared.listeners.tell(JobEvent(code, id, alias))

    def expect(self, code: int, place: str, id: str) -> None:
        """Notes that a request of ours has made the daemon tell of an event."""
        if self._stream is not None and self._stream.connected.is_set():
            with self._shared.lock:
                self._expected[code, place, id] += 1

    def _was_expected(self, code: int, place: str, id: str) -> bool:
        left = self._expected.pop((code, place, id), 0)
        if left > 1:
            self._expected[code, place, id] = left - 1
        return left > 0

    def _told(self, event: Mapping[str, Any]) -> None:
        """Makes an event of what the daemon tells, if it is about a job of ours."""
        if event["type"] == "GAP":  # some are lost, ours among them perhaps
            with self._shared.lock:
                self._expected.clear()
        code = self.CODES.get(event["type"])
        about = event.get("job") or event.get("run")
        if code is None or not about:
            return
        id, place = from_daemon_id(about["job"]), about["jobstore"]
        with self._shared.lock:  # whoever changes a job has it until the answer is there
            if self._was_expected(code, place, id):
                return
            job = self._handles.of_run(place, id)
            alias = self._places.alias_of(job, place)
            if code == EVENT_JOB_REMOVED:
                self._handles.retire(place, id)
        if alias is None or (job is None and self._places.in_memory(alias)):
            return
        if "job" in event:
            self.tell(code, id, alias)
            return
        at = from_daemon(about["scheduled_at"], self._shared.timezone)
        assert at is not None
        if code == EVENT_JOB_MISSED:
            self._shared.listeners.tell(JobExecutionEvent(code, id, alias, at))
        else:
            self._shared.listeners.tell(JobSubmissionEvent(code, id, alias, [at]))


class DaemonJobs:
    """The requests about jobs. Those that change one note the event that the daemon
    tells of it. A job that is not there is a JobLookupError, and options that the
    daemon refuses are a ValueError."""

    def __init__(self, daemon: Daemon, places: Places, expect: Callable[[int, str, str], None]):
        self._daemon, self._places, self._expect = daemon, places, expect

    @staticmethod
    def _path(place: str, id: str, operation: str = "") -> str:
        return "/jobs/%s%s?%s" % (urllib.parse.quote(to_daemon_id(id), safe=""), operation, urllib.parse.urlencode({"jobstore": place}))

    def get(self, place: str, id: str) -> Optional[Mapping[str, Any]]:
        try:
            found: Mapping[str, Any] = self._daemon.ask("GET", self._path(place, id))
        except DaemonError as error:
            if error.status == 404:
                return None
            raise
        return found

    def list(self, place: str) -> Iterator[Mapping[str, Any]]:
        """The jobs of functions of programs in one of the daemon's stores."""
        after = ""
        while True:
            page = self._daemon.ask("GET", "/jobs?" + urllib.parse.urlencode({"jobstore": place, "after": after, "limit": 1000}))
            for told in page["jobs"]:
                if told["executor"] == self._places.executor:
                    yield told
            after = page.get("next")
            if not after:
                return

    def add(self, place: str, id: str, spec: Options, declare: bool) -> Mapping[str, Any]:
        """Adds a job (ConflictingIdError), or makes the one with its id be as the spec says."""
        again: List[bool] = []
        answer: Mapping[str, Any]
        try:
            if declare:
                status, answer = self._daemon.answer("PUT", self._path(place, id), spec)
            else:
                query = urllib.parse.urlencode({"jobstore": place})
                status, answer = self._daemon.answer("POST", "/jobs?" + query, {"id": to_daemon_id(id), **spec}, again)
        except DaemonError as error:
            found = self.get(place, id) if error.type == "exists" and again else None
            if found is not None and found.get("options", {}).get("func") == spec["func"]:
                status, answer = 201, found  # an attempt before has done it, but its answer did not come
            elif error.type in ("exists", "declared") and error.status == 409:
                raise ConflictingIdError(id) from None
            else:
                raise _as_value_error(error) from None
        if status == 201:
            self._expect(EVENT_JOB_ADDED, place, id)
        return answer

    def edit(self, place: str, job: Job, words: Options) -> Mapping[str, Any]:
        """Changes options. What changes nothing leaves the revision, and is no event."""
        answer = self._ask("PATCH", self._path(place, job.id), job.id, words)
        if answer["revision"] != job._revision:
            self._expect(EVENT_JOB_MODIFIED, place, job.id)
        return answer

    def pause(self, place: str, id: str) -> Mapping[str, Any]:
        answer = self._ask("POST", self._path(place, id, "/pause"), id)
        self._expect(EVENT_JOB_MODIFIED, place, id)
        return answer

    def resume(self, place: str, id: str) -> Mapping[str, Any]:
        answer = self._ask("POST", self._path(place, id, "/resume"), id)
        self._expect(EVENT_JOB_MODIFIED, place, id)
        return answer

    def remove(self, place: str, id: str) -> None:
        self._ask("DELETE", self._path(place, id), id)
        self._expect(EVENT_JOB_REMOVED, place, id)

    def remove_at_once(self, place: str, id: str) -> None:
        """remove, without waiting for a daemon that is away (OSError, HTTPException)."""
        self._daemon.once("DELETE", self._path(place, id), timeout=5)

    def _ask(self, method: str, path: str, id: str, body: Optional[Options] = None) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = self._daemon.ask(method, path, body)
            return answer
        except DaemonError as error:
            if error.status == 404:
                raise JobLookupError(id) from None
            raise _as_value_error(error) from None


class PendingJobs:
    """The jobs of a scheduler that is not started: the daemon does not have them yet."""

    def __init__(self, shared: Shared, jobs: List[Tuple[Job, str, bool]]):
        self._shared = shared
        self.all = jobs
        """Each with its store, and whether it replaces another."""

    def add(self, job: Job, alias: str, replace: bool) -> None:
        if job._chosen and not replace and any(known.id == job.id and store == alias for known, store, _ in self.all):
            raise ConflictingIdError(job.id)
        if replace:
            self.all = [entry for entry in self.all if not (entry[0].id == job.id and entry[1] == alias)]
        self.all.append((job, alias, replace))
        self._shared.logger.info("Adding job tentatively -- it will be properly scheduled when the scheduler starts")

    def get(self, id: str, alias: Optional[str] = None) -> Job:
        for job, store, _ in self.all:
            if job.id == id and alias in (None, store):
                return job
        raise JobLookupError(id)

    def list(self, alias: Optional[str]) -> List[Job]:
        return [job for job, store, _ in self.all if alias in (None, store)]

    def show(self, alias: Optional[str], out: TextIO) -> None:
        print("Pending jobs:", file=out)
        for job in self.list(alias):
            print("    %s" % job, file=out)
        if not self.list(alias):
            print("    No pending jobs", file=out)

    def modify(self, id: str, alias: Optional[str], changes: Mapping[str, Any]) -> Job:
        job = self.get(id)
        job._set(checked(changes, job, self._shared.timezone))
        if "next_run_time" in changes:
            job._given_next = True
        self._shared.listeners.tell(JobEvent(EVENT_JOB_MODIFIED, id, None))
        return job

    def resume(self, id: str, alias: Optional[str]) -> Job:
        job = self.get(id)
        job._given_next = False
        return job

    def remove(self, id: str, alias: Optional[str]) -> None:
        job = self.get(id, alias)
        self.all = [entry for entry in self.all if entry[0] is not job]
        self._shared.listeners.tell(JobEvent(EVENT_JOB_REMOVED, id, alias))

    def remove_all(self, alias: Optional[str]) -> None:
        self.all = [entry for entry in self.all if alias not in (None, entry[1])]


class StoredJobs:
    """The jobs of a scheduler that is started: the daemon has them."""

    def __init__(self, scheduler: "BaseScheduler", shared: Shared, daemon: Daemon, places: Places):
        self._scheduler, self._shared, self._places = scheduler, shared, places
        self.functions = Functions()
        self.handles = Handles(self.functions)
        self.events = JobEvents(shared, daemon, self.handles, places)
        self._daemon = DaemonJobs(daemon, places, self.events.expect)
        self._made: Dict[str, int] = collections.Counter()  # ids that were made of a function's name

    # -- functions

    def name_function(self, job: Job, alias: str) -> str:
        """The name by which the daemon knows the function of a job."""
        if job.func_ref is None and not self._places.in_memory(alias):
            raise ValueError(
                "This Job cannot be serialized since the reference to its callable (%r) could not be determined. Consider giving a textual "
                "reference (module:function name) instead." % (job.func,)
            )
        return self.functions.add(job.func, job.func_ref, job._chosen or not isinstance(job.trigger, DateTrigger))

    def discover(self) -> None:
        """Finds the functions of jobs that were added before."""
        for alias, place in list(self._places.names.items()):
            if not self._places.in_memory(alias):
                for told in self._daemon.list(place):
                    self.functions.discover(told["func"])

    # -- adding

    def add(self, job: Job, alias: str, replace: bool) -> None:
        place, in_memory = self._places.name(alias), self._places.in_memory(alias)
        for key, value in self._scheduler._settings.job_defaults.items():
            if not hasattr(job, key):
                setattr(job, key, value)
        function = self.name_function(job, alias)
        if in_memory:
            self._name_job(job, function)
            if not replace and self.handles.get(place, job.id) is not None and self._daemon.get(place, job.id) is not None:
                raise ConflictingIdError(job.id)
        paused = job._given_next and job._next is None
        with self.handles.adding(place, job.id, job, function):
            if not paused:
                self._scheduler._know()
            answer = self._daemon.add(place, job.id, self._spec(job, function), replace or in_memory)
            if paused:
                answer = self._daemon.pause(place, job.id)
        self._scheduler._know()
        job.pending, job._jobstore_alias = False, alias
        self._update(answer, job)
        self._shared.logger.info('Added job "%s" to job store "%s"', job.name, alias)
        self.events.tell(EVENT_JOB_ADDED, job.id, alias)

    def _name_job(self, job: Job, function: str) -> None:
        """Gives a job of a memory store for which the program has chosen no id one that
        other processes of the program give it, too, so that they share it. One that is
        due once is another one each time."""
        if job._chosen or isinstance(job.trigger, DateTrigger):
            return
        base = function.replace(":", ".")
        if job.args or job.kwargs:
            words = json.dumps(job._arguments, sort_keys=True)
            base += "-" + hashlib.sha256(words.encode()).hexdigest()[:8]
        self._made[base] += 1
        job.id = base if self._made[base] == 1 else "%s-%d" % (base, self._made[base])

    def _spec(self, job: Job, function: str) -> Options:
        """The options of a section [job:x] that say the job."""
        at = job._next if job._given_next else None
        spec: Options = dict(job.trigger.beginning(at) if at is not None else job.trigger.options())
        spec.update(func=function, executor=self._places.executor, overlap="skip")
        spec.update(policy_options({name: getattr(job, name) for name in _KEPT}))
        spec.update(job.extra)
        return {key: value for key, value in spec.items() if value is not None}

    # -- finding

    def get(self, id: str, alias: Optional[str] = None) -> Job:
        for name, place in list(self._places.names.items()):
            if alias in (None, name):
                told = self._daemon.get(place, id)
                if told is not None and self._is_ours(told, name):
                    return self._job_of(told, name)
        raise JobLookupError(id)

    def list(self, alias: Optional[str]) -> List[Job]:
        """Store by store, each by next run time."""
        found: List[Job] = []
        far = datetime.datetime.max.replace(tzinfo=datetime.timezone.utc)
        for name, place in list(self._places.names.items()):
            if alias in (None, name):
                jobs = [self._job_of(told, name) for told in self._daemon.list(place) if self._is_ours(told, name)]
                found += sorted(jobs, key=lambda job: (job._next or far, job.id))
        return found

    def show(self, alias: Optional[str], out: TextIO) -> None:
        for name in sorted(self._places.stores):
            if alias not in (None, name):
                continue
            print("Jobstore %s:" % name, file=out)
            jobs = self.list(name)
            for job in jobs:
                print("    %s" % job._shown(job._next), file=out)
            if not jobs:
                print("    No scheduled jobs", file=out)

    def _is_ours(self, told: Mapping[str, Any], alias: str) -> bool:
        """Whether a job of the daemon is one of this scheduler: in a memory store those of
        other programs are not."""
        known = not self._places.in_memory(alias) or self.functions.get(told["func"]) is not None
        return known and told["executor"] == self._places.executor

    def _job_of(self, told: Mapping[str, Any], alias: str) -> Job:
        """A job that the daemon has told of."""
        id = from_daemon_id(told["id"])
        known = self.handles.get(self._places.name(alias), id)
        given = told.get("args") or {}
        policy = told["policy"]
        job = Job(
            self._scheduler,
            id,
            func=self.functions.get(told["func"]) or told["func"],
            func_ref=told["func"],
            args=tuple(_decoded(given.get("args") or [])),
            kwargs={key: _decoded(value) for key, value in (given.get("kwargs") or {}).items()},
            name=told.get("name") or told["func"].rpartition(":")[2],
            trigger=known.trigger if known else stored_trigger(told.get("options") or {}, told["trigger"]["text"], self._shared.timezone),
            executor=known.executor if known else "default",
            coalesce=policy["coalesce"] != "all",
            misfire_grace_time=int(policy["misfire_grace_time"]) if policy.get("misfire_grace_time") else None,
            max_instances=policy["max_instances"],
        )
        job.pending, job._jobstore_alias = False, alias
        self._update(told, job)
        return job

    def _update(self, told: Mapping[str, Any], *jobs: Optional[Job]) -> None:
        """Notes at a job, and at its handle, what the daemon says of it."""
        for job in jobs:
            if job is not None:
                job._paused = told.get("state") == "paused"
                job._next = None if job._paused else from_daemon(told.get("next_run_time"), self._shared.timezone)
                job._seen = time.monotonic()
                job._options = told.get("options") or {}
                job._revision = told.get("revision") or 0

    # -- changing

    def modify(self, id: str, alias: Optional[str], changes: Mapping[str, Any]) -> Job:
        """Changes attributes of a job, all or none."""
        job = self.get(id, alias)
        place = self._places.name(job._jobstore_alias)
        known = self.handles.get(place, id)
        found = checked(changes, job, self._shared.timezone)
        kept = {key: value for key, value in found.items() if key != "next_run_time"}
        job._set(kept)
        words = self._changed_options(job, found)
        answer = self._daemon.edit(place, job, words) if words else None
        at = found.get("next_run_time")
        if "next_run_time" in found and at is None:
            answer = self._daemon.pause(place, id)
        elif job._paused and ("trigger" in found or at is not None):
            answer = self._daemon.resume(place, id)
        if known is not None:
            known._set(kept)
            if "func" in words:
                self.handles.rename(known, words["func"])
        if answer is not None:
            self._update(answer, job, known)
        self.events.tell(EVENT_JOB_MODIFIED, id, job._jobstore_alias)
        return job

    def _changed_options(self, job: Job, changes: Mapping[str, Any]) -> Options:
        """The options of a job that has been changed, where they are others."""
        words = policy_options({key: value for key, value in changes.items() if key in _KEPT})
        if "func" in changes:
            words["func"] = self.name_function(job, job._jobstore_alias or "")
            self._scheduler._know()
        at = changes.get("next_run_time")
        if "trigger" in changes or at is not None:
            words.update({key: None for key in job._options if key in _TRIGGER_OPTIONS})
            words.update(job.trigger.beginning(at) if at is not None else job.trigger.options())
        return words

    def resume(self, id: str, alias: Optional[str]) -> Optional[Job]:
        """Ends the pause of a job: it is due at its next time from now on. One that has
        none is removed."""
        job = self.get(id, alias)
        place = self._places.name(job._jobstore_alias)
        try:
            answer = self._daemon.resume(place, id)
        except (JobLookupError, ValueError):
            answer = {}
        if not answer.get("next_run_time"):
            self.remove(id, job._jobstore_alias)
            return None
        self._update(answer, job, self.handles.get(place, id))
        self.events.tell(EVENT_JOB_MODIFIED, id, job._jobstore_alias)
        return job

    def remove(self, id: str, alias: Optional[str]) -> None:
        job = self.get(id, alias)
        self._remove(job)
        self.events.tell(EVENT_JOB_REMOVED, id, job._jobstore_alias)

    def _remove(self, job: Job) -> None:
        place = self._places.name(job._jobstore_alias)
        try:
            self._daemon.remove(place, job.id)
        except JobLookupError:
            self.handles.retire(place, job.id)
            raise
        self.handles.retire(place, job.id)

    def remove_all(self, alias: Optional[str]) -> None:
        """Those of files stay."""
        for job in self.list(alias):
            try:
                self._remove(job)
            except JobLookupError:
                continue
            except DaemonError as error:
                if error.status != 409:  # it is declared by a file
                    raise

    def forget_memory(self, is_last: Callable[[], bool]) -> None:
        """Takes the jobs of memory stores out of the daemon, if no other process has them."""
        jobs = [(place, id, job) for place, id, job in self.handles.all() if self._places.in_memory(job._jobstore_alias)]
        if not jobs or not is_last():
            return
        for place, id, job in jobs:
            try:
                self._daemon.remove_at_once(place, id)
            except DaemonError:
                continue  # it has come to its end
            except (OSError, http.client.HTTPException):
                return  # the daemon is away
            self.handles.drop(place, id, job)


class Runner:
    """The executors of a program, which carry its runs out. Listeners are told how those
    have ended, and then the daemon."""

    def __init__(self, shared: Shared, handles: Handles, places: Places):
        self._shared, self._handles, self._places = shared, handles, places
        self.executors: Dict[str, BaseExecutor] = {}

    def add(self, alias: str, executor: BaseExecutor) -> None:
        if alias in self.executors:
            raise ValueError('This scheduler already has an executor by the alias of "%s"' % alias)
        self.executors[alias] = executor

    def remove(self, alias: str) -> BaseExecutor:
        if alias not in self.executors:
            raise KeyError("No such executor: %s" % alias)
        return self.executors.pop(alias)

    def shutdown(self, wait: bool) -> None:
        for executor in list(self.executors.values()):
            executor.shutdown(wait)

    def free(self) -> int:
        return max((executor.free() for executor in list(self.executors.values())), default=0)

    def begin(self, run: Run, done: Done) -> None:
        """Has a run carried out by the executor of its job. done is told its end."""
        job = self._handles.of_run(run.store, run.job)
        alias = job.executor if job else "default"
        executor = self.executors.get(alias)
        if executor is None:
            raise LookupError('There is no executor "%s" in this process' % alias)
        if executor.logger.isEnabledFor(logging.INFO):
            executor.logger.info('Running job "%s" (scheduled at %s)', job.name if job else run.job, run.scheduled_at)
        executor.submit(run, functools.partial(self._finished, done, job, executor))

    def _finished(self, done: Done, job: Optional[Job], executor: BaseExecutor, run: Run, outcome: Outcome) -> None:
        try:
            if not (run.declined and not run.begun):
                self._tell_end(job, executor, run, outcome)
        finally:
            done(run, outcome)
        if job is not None and run.begun and isinstance(job.trigger, DateTrigger):
            if outcome.exception is None:
                self._handles.drop(run.store, run.job, job)
            elif not job.extra.get("retries"):
                self._handles.retire(run.store, run.job)

    def _tell_end(self, job: Optional[Job], executor: BaseExecutor, run: Run, outcome: Outcome) -> None:
        alias = self._places.alias_of(job, run.store) or run.store
        text = job._shown(job._next) if job else run.job
        error = outcome.exception
        if error is None:
            executor.logger.info('Job "%s" executed successfully', text)
        else:
            executor.logger.error('Job "%s" raised an exception', text, exc_info=(type(error), error, error.__traceback__))
        code = EVENT_JOB_EXECUTED if error is None else EVENT_JOB_ERROR
        if self._shared.listeners.mask & code:
            at = from_daemon(run.scheduled_at, self._shared.timezone)
            assert at is not None
            self._shared.listeners.tell(JobExecutionEvent(code, run.job, alias, at, outcome.value, error, outcome.traceback if error else None))


_KEPT = ("_arguments", "name", "misfire_grace_time", "coalesce", "max_instances")


def _as_value_error(error: DaemonError) -> Exception:
    """What the daemon says of options that are wrong."""
    return ValueError(str(error)) if error.status in (400, 422) else error


def _decoded(value: Any) -> Any:
    try:
        return decode(value)
    except (ValueError, TypeError):
        return value  # of a kind that we do not make: as it stands


class BaseScheduler:
    """What all schedulers have in common: their life, and the names of APScheduler."""

    _pending: PendingJobs
    _places: Places
    _stored: StoredJobs
    _runner: Runner

    def __init__(self, gconfig: Mapping[str, Any] = {}, **options: Any):
        self._lock = threading.RLock()
        self.state = STATE_STOPPED
        self._worker: Optional[Worker] = None
        self._leaving: List[Worker] = []  # those before it that may have runs under way
        self._at_exit = False  # its end is registered
        self.configure(gconfig, **options)

    def __getstate__(self) -> Any:
        raise TypeError(
            "Schedulers cannot be serialized. Ensure that you are not passing a scheduler instance as an argument to a job, or scheduling an "
            "instance method where the instance contains a scheduler as an attribute."
        )

    # -- configuration

    def configure(self, gconfig: Mapping[str, Any] = {}, prefix: Optional[str] = "apscheduler.", **options: Any) -> None:
        """Sets all options; those that are not given are as usual again. The option
        watchkeeper is a dict for the daemon: url, username, password, token, patience,
        executor, and jobstores, its stores by alias."""
        if self.state != STATE_STOPPED:
            raise SchedulerAlreadyRunningError
        self._configure(Settings(gconfig, prefix, options))

    def _configure(self, settings: Settings) -> None:
        self._settings = settings
        self._logger, self.timezone, self._daemon = settings.logger, settings.timezone, settings.daemon
        if not hasattr(self, "_listeners"):
            self._listeners = Listeners(self._logger)
        shared = Shared(self._lock, self._listeners, self._logger, self.timezone)
        self._pending = PendingJobs(shared, self._pending.all if hasattr(self, "_pending") else [])
        self._places = Places(settings)
        self._stored = StoredJobs(self, shared, self._daemon, self._places)
        self._runner = Runner(shared, self._stored.handles, self._places)
        for alias, executor in settings.executors.items():
            self.add_executor(executor, alias)
        for alias, store in settings.jobstores.items():
            self.add_jobstore(store, alias)

    # -- life

    @property
    def running(self) -> bool:
        """True once it is started, also while it is paused."""
        return self.state != STATE_STOPPED

    @property
    def _jobs(self) -> Union[PendingJobs, StoredJobs]:
        """Where the jobs are now; whoever changes one has the lock."""
        return self._stored if self.running else self._pending

    def start(self, paused: bool = False) -> Any:
        """Gives the jobs that were added to the daemon, and takes runs. With paused=True
        it takes none before resume()."""
        if self.running:
            raise SchedulerAlreadyRunningError
        with self._lock:
            if "default" not in self._runner.executors:
                self.add_executor(self._create_default_executor(), "default")
            for alias, executor in self._runner.executors.items():
                executor.start(self, alias)
            if "default" not in self._places.stores:
                self.add_jobstore(MemoryJobStore(), "default")
            self._places.find()
            self._hand_in(paused)
            self.state = STATE_PAUSED if paused else STATE_RUNNING
            self._stored.events.listen()
            self._leave_at_exit()
        self._logger.info("Scheduler started")
        self._dispatch_event(SchedulerEvent(EVENT_SCHEDULER_STARTED))

    def _hand_in(self, paused: bool) -> None:
        """Gives the daemon our functions, unless it is to wait for those, and our jobs. Those
        that it has not got stay pending, and the error is raised."""
        for job, alias, _ in self._pending.all:
            if alias in self._places.stores:
                self._stored.name_function(job, alias)
        self._stored.discover()
        if not paused:
            self._work()
        try:
            while self._pending.all:
                self._stored.add(*self._pending.all[0])
                del self._pending.all[0]
        except BaseException:
            worker = self._no_worker()
            if worker is not None:
                worker.stop(wait=False, decline=True)
            raise

    def shutdown(self, wait: bool = True) -> None:
        """Takes no runs any more, waits for those under way if it is to, and takes leave
        of the daemon. Jobs of memory stores end with the last process that has them."""
        with self._lock:  # a job may call this before start() has returned
            if not self.running:
                raise SchedulerNotRunningError
        self._end(wait)

    def _leave_at_exit(self) -> None:
        """Takes leave of the daemon for a program that ends without a shutdown()."""
        if self._at_exit:
            return
        self._at_exit, me, pid = True, weakref.ref(self), os.getpid()

        def leave() -> None:
            alive = me()
            if alive is None or os.getpid() != pid:
                return
            _await_pools()
            alive._end(False)
            for worker in alive._leaving:
                worker.exit()

        atexit.register(leave)

    def _end(self, wait: bool) -> None:
        with self._lock:
            if not self.running:
                return
            self.state = STATE_STOPPED
            worker = self._no_worker()
        if worker is not None:
            worker.stop(wait, decline=not wait)
        self._runner.shutdown(wait and current_run() is None)
        self._stored.events.stop()
        self._stored.forget_memory(self._is_last)
        self._daemon.release()
        self._logger.info("Scheduler has been shut down")
        self._dispatch_event(SchedulerEvent(EVENT_SCHEDULER_SHUTDOWN))

    def _is_last(self) -> bool:
        """Whether no other process has a function of ours; False if the daemon is away."""
        try:
            others = self._daemon.once("GET", workers_path(self._places.executor), timeout=5)["items"]
        except (OSError, http.client.HTTPException, DaemonError):
            return False
        ours = set(self._stored.functions.names())
        return not any(ours & set(other["functions"] or ()) for other in others)

    def pause(self) -> None:
        """Takes no runs until resume(). Jobs that no other process has are not due
        meanwhile, but overdue then."""
        if not self.running:
            raise SchedulerNotRunningError
        if self.state == STATE_RUNNING:
            self.state = STATE_PAUSED
            worker = self._no_worker()
            if worker is not None:
                worker.stop(wait=False, decline=False)
            self._logger.info("Paused scheduler job processing")
            self._dispatch_event(SchedulerEvent(EVENT_SCHEDULER_PAUSED))

    def resume(self) -> None:
        if not self.running:
            raise SchedulerNotRunningError
        if self.state == STATE_PAUSED:
            self._work()
            self.state = STATE_RUNNING
            self._logger.info("Resumed scheduler job processing")
            self._dispatch_event(SchedulerEvent(EVENT_SCHEDULER_RESUMED))

    def wakeup(self) -> None:
        """The daemon needs no waking. Functions of jobs that were added elsewhere are
        looked for anew."""
        if self.running:
            self._stored.discover()
            self._know()

    def _create_default_executor(self) -> BaseExecutor:
        return ThreadPoolExecutor()

    _daemonic = True

    def _work(self) -> None:
        """Begins to take runs."""
        self._worker = Worker(self._daemon, self._places.executor, self._stored.functions, self._runner, self._logger, self._daemonic)
        self._worker.start()

    def _no_worker(self) -> Optional[Worker]:
        """The worker, which is the scheduler's no more, but has to take leave."""
        worker, self._worker = self._worker, None
        if worker is not None:
            self._leaving = [each for each in self._leaving if not each.gone] + [worker]
        return worker

    def _know(self) -> None:
        """Tells the daemon of functions that are new, while it gives us runs."""
        worker = self._worker
        if worker is not None:
            worker.know()

    # -- executors, job stores and listeners

    def add_executor(self, executor: Union[BaseExecutor, str], alias: str = "default", **executor_opts: Any) -> None:
        with self._lock:
            if isinstance(executor, str):
                executor = plugin_class("executor", _EXECUTORS, executor)(**executor_opts)
            if not isinstance(executor, BaseExecutor):
                raise TypeError("Expected an executor instance or a string, got %s instead" % type(executor).__name__)
            self._runner.add(alias, executor)
            if self.running:
                executor.start(self, alias)
        self._dispatch_event(SchedulerEvent(EVENT_EXECUTOR_ADDED, alias))

    def remove_executor(self, alias: str, shutdown: bool = True) -> None:
        with self._lock:
            executor = self._runner.remove(alias)
        if shutdown:
            executor.shutdown()
        self._dispatch_event(SchedulerEvent(EVENT_EXECUTOR_REMOVED, alias))

    def add_jobstore(self, jobstore: Union[BaseJobStore, str], alias: str = "default", **jobstore_opts: Any) -> None:
        with self._lock:
            if alias in self._places.stores:
                raise ValueError('This scheduler already has a job store by the alias of "%s"' % alias)
            if isinstance(jobstore, str):
                jobstore = plugin_class("jobstore", _JOBSTORES, jobstore)(**jobstore_opts)
            if not isinstance(jobstore, BaseJobStore):
                raise TypeError("Expected a job store instance or a string, got %s instead" % type(jobstore).__name__)
            self._places.add(alias, jobstore, self.running)
        self._dispatch_event(SchedulerEvent(EVENT_JOBSTORE_ADDED, alias))
        self.wakeup()

    def remove_jobstore(self, alias: str, shutdown: bool = True) -> None:
        with self._lock:
            if alias not in self._places.stores:
                raise KeyError("No such job store: %s" % alias)
            self._places.remove(alias)
        self._dispatch_event(SchedulerEvent(EVENT_JOBSTORE_REMOVED, alias))

    def add_listener(self, callback: Callable[[Any], None], mask: int = EVENT_ALL) -> None:
        """Has callback called with events. Those of runs are of this process; the others
        come from the daemon, whoever has caused them."""
        self._listeners.add(callback, mask)
        if self.running:
            self._stored.events.listen()

    def remove_listener(self, callback: Callable[[Any], None]) -> None:
        self._listeners.remove(callback)

    def _dispatch_event(self, event: SchedulerEvent) -> None:
        self._listeners.tell(event)

    # -- adding jobs

    def add_job(
        self,
        func: Union[str, Callable[..., Any]],
        trigger: Union[str, BaseTrigger, None] = None,
        args: Optional[Iterable[Any]] = None,
        kwargs: Optional[Mapping[str, Any]] = None,
        id: Optional[str] = None,
        name: Optional[str] = None,
        misfire_grace_time: Any = undefined,
        coalesce: Any = undefined,
        max_instances: Any = undefined,
        next_run_time: Any = undefined,
        jobstore: str = "default",
        executor: str = "default",
        replace_existing: bool = False,
        watchkeeper: Optional[Options] = None,
        **trigger_args: Any,
    ) -> Job:
        """Adds a job, at once or when the scheduler is started. watchkeeper may have
        further options of a section [job:x], such as {"retries": 3, "timeout": 60}."""
        given = {
            "trigger": self._create_trigger(trigger, trigger_args),
            "executor": executor,
            "func": func,
            "args": () if args is None else tuple(args),
            "kwargs": {} if kwargs is None else dict(kwargs),
        }
        optional = {
            "misfire_grace_time": misfire_grace_time,
            "coalesce": coalesce,
            "max_instances": max_instances,
            "next_run_time": next_run_time,
        }
        given.update({key: value for key, value in optional.items() if value is not undefined})
        if name is not None:
            given["name"] = name
        attributes = checked(given, None, self.timezone)
        attributes.setdefault("name", callable_name(attributes["func"]))
        job = Job(self, id, **attributes)
        job._jobstore_alias = jobstore
        job._given_next = "next_run_time" in attributes
        job.extra = dict(watchkeeper or {})
        with self._lock:
            self._jobs.add(job, jobstore, replace_existing)
        return job

    def scheduled_job(
        self,
        trigger: Union[str, BaseTrigger],
        args: Optional[Iterable[Any]] = None,
        kwargs: Optional[Mapping[str, Any]] = None,
        id: Optional[str] = None,
        name: Optional[str] = None,
        misfire_grace_time: Any = undefined,
        coalesce: Any = undefined,
        max_instances: Any = undefined,
        next_run_time: Any = undefined,
        jobstore: str = "default",
        executor: str = "default",
        **trigger_args: Any,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """add_job with replace_existing=True as a decorator."""

        def add(func: Callable[..., Any]) -> Callable[..., Any]:
            self.add_job(
                func, trigger, args, kwargs, id, name, misfire_grace_time, coalesce, max_instances, next_run_time, jobstore, executor, True,
                **trigger_args,
            )
            return func

        return add

    def _create_trigger(self, trigger: Any, trigger_args: Dict[str, Any]) -> BaseTrigger:
        if isinstance(trigger, BaseTrigger):
            return trigger
        if trigger is None:
            trigger = "date"
        elif not isinstance(trigger, str):
            raise TypeError("Expected a trigger instance or string, got %s instead" % type(trigger).__name__)
        cls: Any = plugin_class("trigger", TRIGGERS, trigger)
        if not issubclass(cls, BaseCombiningTrigger):
            trigger_args.setdefault("timezone", self.timezone)
        made: BaseTrigger = cls(**trigger_args)
        return made

    # -- finding and changing jobs

    def get_job(self, job_id: str, jobstore: Optional[str] = None) -> Optional[Job]:
        try:
            return self._jobs.get(job_id, jobstore if self.running else None)
        except JobLookupError:
            return None

    def get_jobs(self, jobstore: Optional[str] = None, pending: Optional[bool] = None) -> List[Job]:
        """The jobs, store by store, each by next run time."""
        return self._jobs.list(jobstore)

    def print_jobs(self, jobstore: Optional[str] = None, out: Optional[TextIO] = None) -> None:
        self._jobs.show(jobstore, out or sys.stdout)

    def modify_job(self, job_id: str, jobstore: Optional[str] = None, **changes: Any) -> Job:
        """Changes attributes of a job, all or none."""
        with self._lock:
            return self._jobs.modify(job_id, jobstore, changes)

    def reschedule_job(self, job_id: str, jobstore: Optional[str] = None, trigger: Any = None, **trigger_args: Any) -> Job:
        """Gives a job another trigger, which counts from now on."""
        return self.modify_job(job_id, jobstore, trigger=self._create_trigger(trigger, trigger_args))

    def pause_job(self, job_id: str, jobstore: Optional[str] = None) -> Job:
        return self.modify_job(job_id, jobstore, next_run_time=None)

    def resume_job(self, job_id: str, jobstore: Optional[str] = None) -> Optional[Job]:
        """Ends the pause of a job: it is due at its next time from now on. One that has
        none is removed."""
        with self._lock:
            return self._jobs.resume(job_id, jobstore)

    def remove_job(self, job_id: str, jobstore: Optional[str] = None) -> None:
        with self._lock:
            self._jobs.remove(job_id, jobstore)
        self._logger.info("Removed job %s", job_id)

    def remove_all_jobs(self, jobstore: Optional[str] = None) -> None:
        """Removes the jobs of this scheduler. Those of files stay."""
        with self._lock:
            self._jobs.remove_all(jobstore)
        self._dispatch_event(SchedulerEvent(EVENT_ALL_JOBS_REMOVED, jobstore))

    def export_jobs(self, outfile: Any, jobstore: Optional[str] = None) -> None:
        raise Unsupported("export_jobs is not supported: use watchkeeper job export")

    def import_jobs(self, infile: Any, jobstore: str = "default") -> None:
        raise Unsupported("import_jobs is not supported: use watchkeeper job import")


class BlockingScheduler(BaseScheduler):
    """A scheduler whose start() returns after its shutdown."""

    def start(self, *args: Any, **kwargs: Any) -> None:
        self._over = threading.Event()
        super().start(*args, **kwargs)
        self._over.wait()

    def _end(self, wait: bool) -> None:
        super()._end(wait)
        self._over.set()


class BackgroundScheduler(BaseScheduler):
    """A scheduler in threads of its own. With daemon=False they keep the program alive."""

    def _configure(self, settings: Settings) -> None:
        self._daemonic = as_bool(settings.get("daemon", True))
        super()._configure(settings)


class AsyncIOScheduler(BaseScheduler):
    """A scheduler whose coroutine functions run on an event loop: the option event_loop,
    the running one, or that which this thread will run."""

    def _configure(self, settings: Settings) -> None:
        self._eventloop: Optional[asyncio.AbstractEventLoop] = settings.get("event_loop")
        super()._configure(settings)

    def start(self, paused: bool = False) -> None:
        if self.running:
            raise SchedulerAlreadyRunningError
        if self._eventloop is None or self._eventloop.is_closed():
            self._eventloop = _event_loop()
        super().start(paused)

    def _create_default_executor(self) -> BaseExecutor:
        return AsyncIOExecutor()

    def shutdown(self, wait: bool = True) -> None:
        """Has the event loop do it: what is under way there is cancelled."""
        with self._lock:
            if not self.running:
                raise SchedulerNotRunningError
        loop = self._eventloop
        assert loop is not None
        later = threading.Thread(target=self._end, args=(False,), name="APScheduler shutdown")
        try:
            loop.call_soon_threadsafe(later.start)
        except RuntimeError:  # the loop is closed
            self._end(False)


_ASYNC = "it runs on asyncio: use AsyncIOScheduler"
GeventScheduler = _refused("GeventScheduler", BaseScheduler, "use BackgroundScheduler; its threads are greenlets after gevent.monkey.patch_all()")
TornadoScheduler = _refused("TornadoScheduler", BaseScheduler, _ASYNC)
TwistedScheduler = _refused("TwistedScheduler", BaseScheduler, "use BackgroundScheduler, and reactor.callFromThread in the jobs")
QtScheduler = _refused("QtScheduler", BaseScheduler, "use BackgroundScheduler, and signals of Qt in the jobs")


# ---------------------------------------------------------------- the name apscheduler

HOMES: Dict[str, Tuple[str, ...]] = {
    "apscheduler": ("version", "version_info", "release", "__version__"),
    "apscheduler.events": tuple(name for name in dir() if name.startswith("EVENT_"))
    + ("SchedulerEvent", "JobEvent", "JobSubmissionEvent", "JobExecutionEvent"),
    "apscheduler.job": ("Job",),
    "apscheduler.util": (
        "undefined", "obj_to_ref", "ref_to_obj", "check_callable_args", "callable_name", "asbool", "asint", "astimezone", "get_callable_name",
        "convert_to_datetime", "datetime_repr", "maybe_ref",
    ),
    "apscheduler.schedulers": ("SchedulerAlreadyRunningError", "SchedulerNotRunningError"),
    "apscheduler.schedulers.base": (
        "BaseScheduler", "STATE_STOPPED", "STATE_RUNNING", "STATE_PAUSED", "SchedulerAlreadyRunningError", "SchedulerNotRunningError",
    ),
    "apscheduler.schedulers.blocking": ("BlockingScheduler",),
    "apscheduler.schedulers.background": ("BackgroundScheduler",),
    "apscheduler.schedulers.asyncio": ("AsyncIOScheduler",),
    "apscheduler.schedulers.gevent": ("GeventScheduler",),
    "apscheduler.schedulers.tornado": ("TornadoScheduler",),
    "apscheduler.schedulers.twisted": ("TwistedScheduler",),
    "apscheduler.schedulers.qt": ("QtScheduler",),
    "apscheduler.triggers": (),
    "apscheduler.triggers.base": ("BaseTrigger",),
    "apscheduler.triggers.date": ("DateTrigger",),
    "apscheduler.triggers.interval": ("IntervalTrigger",),
    "apscheduler.triggers.cron": ("CronTrigger",),
    "apscheduler.triggers.calendarinterval": ("CalendarIntervalTrigger",),
    "apscheduler.triggers.combining": ("BaseCombiningTrigger", "AndTrigger", "OrTrigger"),
    "apscheduler.jobstores": (),
    "apscheduler.jobstores.base": ("BaseJobStore", "JobLookupError", "ConflictingIdError", "TransientJobError"),
    "apscheduler.jobstores.memory": ("MemoryJobStore",),
    "apscheduler.jobstores.redis": ("RedisJobStore",),
    "apscheduler.jobstores.sqlalchemy": ("SQLAlchemyJobStore",),
    "apscheduler.jobstores.mongodb": ("MongoDBJobStore",),
    "apscheduler.jobstores.rethinkdb": ("RethinkDBJobStore",),
    "apscheduler.jobstores.zookeeper": ("ZooKeeperJobStore",),
    "apscheduler.jobstores.etcd": ("EtcdJobStore",),
    "apscheduler.executors": (),
    "apscheduler.executors.base": ("BaseExecutor", "MaxInstancesReachedError"),
    "apscheduler.executors.pool": ("BasePoolExecutor", "ThreadPoolExecutor", "ProcessPoolExecutor"),
    "apscheduler.executors.debug": ("DebugExecutor",),
    "apscheduler.executors.asyncio": ("AsyncIOExecutor",),
    "apscheduler.executors.gevent": ("GeventExecutor",),
    "apscheduler.executors.tornado": ("TornadoExecutor",),
    "apscheduler.executors.twisted": ("TwistedExecutor",),
}
"""The modules of APScheduler, and the names that each has here."""

# The names of apscheduler.util.
asbool = as_bool
get_callable_name = callable_name
convert_to_datetime = as_datetime
datetime_repr = shown


def asint(text: Any) -> Optional[int]:
    """A whole number, as a configuration has it."""
    return None if text is None else int(text)


def astimezone(obj: Any) -> Optional[datetime.tzinfo]:
    """A time zone, from itself or its name."""
    return zone(obj) if isinstance(obj, str) else obj


def maybe_ref(ref: Any) -> Any:
    """What a reference means; all else is itself."""
    return ref_to_obj(ref) if isinstance(ref, str) else ref


def lend() -> None:
    """Gives this file the name apscheduler, in this process."""
    here = sys.modules[__name__]
    for name, members in HOMES.items():
        module = types.ModuleType(name, __doc__)
        setattr(module, "__path__", [])
        for member in members:
            value = getattr(here, member)
            setattr(module, member, value)
            if isinstance(value, type) and value.__module__ == __name__ and name.count(".") == 2:
                value.__module__ = name
        sys.modules[name] = module
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)


def lend_to_children() -> str:
    """Lends the name to the processes that this one starts, too: a directory in front of
    their PYTHONPATH has a module apscheduler that does it."""
    directory = _lending_directory()
    paths = [directory] + [path for path in [os.environ.get("PYTHONPATH")] if path]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    return directory


_LENDER = '"""Lends watchkeeper.py the name apscheduler."""\n\nimport watchkeeper\n\nwatchkeeper.lend()\n'


def _remove_ours(directory: str, pid: int) -> None:
    """Removes what a process has made, at its end and not at that of its children."""
    if os.getpid() == pid:
        shutil.rmtree(directory, ignore_errors=True)


def _lending_directory() -> str:
    """A directory with this file and its lender: one for each user and each version of
    this file, which stays for the next program. Where somebody else has its name it is
    one of this program alone."""
    with open(os.path.abspath(__file__), "rb") as file:
        files = {"watchkeeper.py": file.read(), "apscheduler.py": _LENDER.encode()}
    version = hashlib.sha256(b"".join(files.values())).hexdigest()[:16]
    directory = os.path.join(tempfile.gettempdir(), "watchkeeper-%d-%s" % (os.getuid(), version))
    try:
        os.mkdir(directory, 0o700)
    except FileExistsError:
        pass
    if not _is_ours_alone(directory):
        directory = tempfile.mkdtemp(prefix="watchkeeper-")
        atexit.register(_remove_ours, directory, os.getpid())
    for name, content in files.items():
        _write_whole(os.path.join(directory, name), content)
    return directory


def _is_ours_alone(directory: str) -> bool:
    at = os.lstat(directory)
    return stat.S_ISDIR(at.st_mode) and at.st_uid == os.getuid() and not at.st_mode & 0o077


def _write_whole(path: str, content: bytes) -> None:
    """Writes a file, unless it is there as it should be, so that nobody reads half of it."""
    try:
        with open(path, "rb") as file:
            if file.read() == content:
                return
    except FileNotFoundError:
        pass
    written = "%s.%s" % (path, uuid.uuid4().hex)
    with open(written, "wb") as file:
        file.write(content)
    os.replace(written, path)


USAGE = """usage: python3 watchkeeper.py run PROGRAM.py [ARGUMENT ...]
       python3 watchkeeper.py run -m MODULE [ARGUMENT ...]

Runs a program for APScheduler as it is, over a Watchkeeper daemon.

  WATCHKEEPER_URL        the daemon: unix:///path, http://host:port or https://host:port
  WATCHKEEPER_TOKEN      or WATCHKEEPER_USERNAME and WATCHKEEPER_PASSWORD
  WATCHKEEPER_EXECUTOR   its [executor:x] of type remote, if it has several
  WATCHKEEPER_JOBSTORES  its stores for job stores of the program: redis=jobs,default=main
  WATCHKEEPER_PATIENCE   seconds that calls wait for a daemon that is away (10)
"""


def main(argv: Sequence[str]) -> Optional[int]:
    """The command line: python3 watchkeeper.py run prog.py."""
    if list(argv[:1]) in (["-h"], ["--help"]):
        print(USAGE, end="")
        return 0
    arguments = list(argv[1:])
    module = arguments[:1] == ["-m"]
    if module:
        arguments = arguments[1:]
    if list(argv[:1]) != ["run"] or not arguments or (arguments[0].startswith("-") and not module):
        print(USAGE, end="", file=sys.stderr)
        return 2
    directory = lend_to_children()
    lend()
    sys.argv = arguments
    if module:
        sys.path[0:1] = [os.getcwd(), directory]
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    else:
        if not os.path.exists(arguments[0]):
            print("%s: there is no such file" % arguments[0], file=sys.stderr)
            return 2
        sys.path[0:1] = [os.path.dirname(os.path.abspath(arguments[0])), directory]
        _run_file(arguments[0])
    return None


def _run_file(path: str) -> None:
    """Runs a file as the program, which it then is for all that it starts."""
    program = types.ModuleType("__main__")
    program.__dict__.update(__file__=path, __builtins__=__builtins__, __spec__=None, __cached__=None)
    sys.modules["__main__"] = program
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec")
    exec(code, program.__dict__)


if __name__ == "__main__":
    # What the program imports as watchkeeper, or as apscheduler, is to be the same module.
    _spec = importlib.util.spec_from_file_location("watchkeeper", os.path.abspath(__file__))
    assert _spec is not None and _spec.loader is not None
    _module = importlib.util.module_from_spec(_spec)
    sys.modules["watchkeeper"] = _module
    _spec.loader.exec_module(_module)
    sys.exit(_module.main(sys.argv[1:]))
