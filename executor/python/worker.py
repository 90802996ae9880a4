"""Runs Python functions for a scheduler: one of its warm worker processes.

The scheduler writes requests to descriptor 3 and reads answers from
descriptor 4: one JSON object a line, as docs/python-workers.md has them.

Coroutine functions run on the event loop of the main thread, all others in
threads. What a run writes to sys.stdout and sys.stderr goes into its own
answers; what is written past them, to descriptors 1 and 2, is the worker's log.

values.py comes before it in the same module. Standard library only, Python 3.8
and newer.
"""

import asyncio
import builtins
import codecs
import collections
import concurrent.futures
import contextvars
import datetime
import faulthandler
import functools
import importlib
import inspect
import io
import json
import os
import re
import signal
import sys
import threading
import traceback
import types

PROTOCOL = 1
REQUESTS, ANSWERS = 3, 4  # descriptors

CHUNK = 16384  # characters of output in one answer, at most
ERROR_LINE = 1000  # characters of an error
ERROR_DETAIL = 32768  # characters of a traceback, its end
PATIENCE = 1  # seconds that runs have to end in once the scheduler is gone

current_run = contextvars.ContextVar("watchkeeper_run", default=None)


class Channel:
    """Descriptor 4. Threads write whole lines to it, one after another."""

    def __init__(self):
        self.open = True
        self.lock = threading.RLock()  # guards what is below
        self.waiting = collections.deque()
        self.sending = False

    def send(self, message):
        data = encode(message)
        with self.lock:
            self.waiting.append(data)
            if self.sending:  # further down: this is a signal handler, which prints
                return
            self.sending = True
            while self.waiting:
                self.write(self.waiting.popleft())
            self.sending = False

    def write(self, data):
        while data and self.open:
            try:
                data = data[os.write(ANSWERS, data):]
            except OSError:  # nobody listens any more: the loop learns it from descriptor 3
                self.open = False


compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
ascii_only = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def encode(message):
    try:
        return (compact(message) + "\n").encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return (ascii_only(message) + "\n").encode()


class Run:
    """One call of a function, with what it has written but not sent."""

    def __init__(self, channel, request):
        self.channel = channel
        self.id = request["id"]
        self.function = request["func"]
        self.args = request.get("args") or []
        self.kwargs = request.get("kwargs") or {}
        self.event = request.get("event")  # of a listener, instead of arguments
        self.keep = request["keep"]
        self.info = types.MappingProxyType(request.get("run") or {})
        self.cancelled = False  # the scheduler wants it ended
        self.task = None  # of a coroutine function
        self.thread = None  # of another, once it has begun
        self.over = False
        self.lock = threading.RLock()  # guards what is below; a signal handler may print
        self.stream, self.pending, self.size = None, [], 0

    def write(self, stream, text):
        """Takes text for a stream. It is False once the run is over."""
        with self.lock:
            if self.over:
                return False
            if stream != self.stream:
                self.flush()
                self.stream = stream
            self.pending.append(text)
            self.size += len(text)
            if "\n" in text or self.size >= CHUNK:
                self.flush()
            return True

    def flush(self):
        with self.lock:
            if self.over or not self.pending:
                return
            text = "".join(self.pending)
            self.pending, self.size = [], 0
            for at in range(0, len(text), CHUNK):
                self.channel.send({"type": "output", "id": self.id, "stream": self.stream, "text": text[at:at + CHUNK]})

    def end(self, answer):
        """Sends what is left of the output and then the answer, once."""
        with self.lock:
            if self.over:
                return
            self.flush()
            self.over = True
        self.channel.send({"type": answer.pop("type"), "id": self.id, **answer, "rss": resident()})


class Output(io.TextIOBase):
    """Stands in for sys.stdout or sys.stderr: text goes to the run that writes it."""

    encoding, errors, newlines = "utf-8", "backslashreplace", None

    def __init__(self, name, log):
        self.name, self.log = name, log
        self.buffer = Bytes(self)

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not " + type(text).__name__)
        run = current_run.get()
        if run is None or not run.write(self.name, text):
            self.to_log(text.encode(self.encoding, self.errors))
        return len(text)

    def to_log(self, data):
        """Writes without a buffer, in which a signal handler could not print."""
        try:
            while data:
                data = data[os.write(self.log.fileno(), data):]
        except (OSError, ValueError):  # nobody reads the log, or it was closed
            pass

    def flush(self):
        run = current_run.get()
        if run is not None:
            run.flush()

    def writable(self):
        return True

    def fileno(self):
        return self.log.fileno()

    def isatty(self):
        return False

    def reconfigure(self, **_):
        """For those who want UTF-8 or flushed lines: so it is."""

    def close(self):
        """It is shared by all runs, so it stays open."""


class Bytes(io.RawIOBase):
    """What sys.stdout.buffer is: bytes of UTF-8."""

    def __init__(self, text):
        self.text = text
        self.decoder = contextvars.ContextVar(text.name + " decoder")

    def write(self, data):
        decoder = self.decoder.get(None)
        if decoder is None:
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
            self.decoder.set(decoder)
        data = bytes(data)
        self.text.write(decoder.decode(data))
        return len(data)

    def flush(self):
        self.text.flush()

    def writable(self):
        return True

    def fileno(self):
        return self.text.fileno()

    def close(self):
        """It is shared by all runs, so it stays open."""


class JobExecutionEvent:
    """What a listener is called with; its attributes are those of APScheduler."""

    def __init__(self, told):
        self.code = told["code"]
        self.alias = None
        self.job_id, self.jobstore = told["job_id"], told["jobstore"]
        at = told.get("scheduled_run_time")
        self.scheduled_run_time = datetime.datetime.fromisoformat(at) if at else None
        self.retval = told.get("retval")
        error = told.get("exception")
        self.exception = exception(error) if error else None
        self.traceback = told.get("traceback")

    def __repr__(self):
        return "<JobExecutionEvent (code=%d)>" % self.code


def exception(line):
    """Is an exception like the one that was told as a line."""
    name, _, text = line.partition(": ")
    if not name.isidentifier():
        return Exception(line)
    known = getattr(builtins, name, None)
    if isinstance(known, type) and issubclass(known, Exception):
        try:
            return known(text)
        except TypeError:  # it wants more than a text
            pass
    return type(name, (Exception,), {})(text)


class Unusable(Exception):
    """A function that cannot be called, in words for the scheduler's user."""


class Functions:
    """The functions that were called before, by their names."""

    def __init__(self):
        self.known = {}

    def find(self, name):
        """Returns the function and whether it is a coroutine function."""
        found = self.known.get(name)
        if found is None:
            found = self.known[name] = self.load(name)
        return found

    @staticmethod
    def load(name):
        value = resolve(name)
        if not callable(value):
            raise Unusable("%s is no function: it is of type %s" % (name, type(value).__name__), "")
        return value, is_coroutine_function(value)


def resolve(name):
    """Is what module:name means: a function, a class, or something in it."""
    module, _, path = name.partition(":")
    try:
        value = importlib.import_module(module)
    except BaseException as error:
        line, detail = describe(error, skip=importing)
        if isinstance(error, ModuleNotFoundError) and error.name and (module + ".").startswith(error.name + "."):
            line, detail = "%s (is it below %s?)" % (line, sys.path[0]), ""
        raise Unusable("import %s: %s" % (module, line), detail) from None
    for part in path.split("."):
        try:
            value = getattr(value, part)
        except BaseException as error:
            if isinstance(error, AttributeError):
                raise Unusable("%s has no %s" % (module, path), "") from None
            raise Unusable("find %s: %s" % (name, describe(error)[0]), "") from None
    return value


def make_arguments(run):
    """Makes Python's values of the arguments of a run."""
    arguments = Arguments(resolve)
    try:
        run.args, run.kwargs = arguments.make(run.args, run.kwargs)
    except Unusable as error:
        raise Unusable("%s: %s" % (arguments.where(), error.args[0]), error.args[1]) from None
    except BaseException as error:
        line, detail = describe(error)
        raise Unusable("%s: %s" % (arguments.where(), line), detail) from None


def is_coroutine_function(value):
    return inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(getattr(value, "__call__", None))


def importing(file):
    return file.startswith("<frozen importlib") or file == importlib.__file__


def ours(file):
    return file == ours.__code__.co_filename


def describe(error, skip=None):
    """Returns an error as one line, and its traceback from the user's code on."""
    name = type(error).__qualname__
    try:
        text = " ".join(str(error).split())
    except BaseException as inner:
        text = "<str() of it fails with %s>" % type(inner).__qualname__
    line = name + ": " + text if text else name
    if len(line) > ERROR_LINE:
        line = line[:ERROR_LINE] + "..."
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not ours(file) and not (skip and skip(file)):
            break
        trace = trace.tb_next
    try:
        detail = "".join(traceback.format_exception(type(error), error, trace))
    except BaseException as inner:
        detail = "the traceback cannot be written: %s" % type(inner).__qualname__
    if len(detail) > ERROR_DETAIL:
        detail = "...\n" + detail[-ERROR_DETAIL:]
    return line, detail.rstrip("\n")


def position(thread):
    """Is what a thread is doing in the user's code, like a traceback."""
    frame = sys._current_frames().get(thread)
    if frame is None:
        return ""
    stack = traceback.extract_stack(frame)
    begin = max([i + 1 for i, entry in enumerate(stack) if ours(entry.filename)], default=0)
    lines = traceback.format_list(stack[begin:])
    return "".join(["Told to end here (most recent call last):\n"] + lines).rstrip("\n")


def outcome(run, value):
    """Is the answer for a function that returned value."""
    try:
        size = len(encode(value)) - 1
    except BaseException as error:
        return {"type": "result", "repr": shortened(run, value), "why": describe(error)[0]}
    if size > run.keep:
        why = "its JSON has %d bytes, and %d are kept" % (size, run.keep)
        return {"type": "result", "repr": shortened(run, value, 200), "why": why}
    return {"type": "result", "value": value}


def shortened(run, value, most=None):
    try:
        text = repr(value)
    except BaseException as error:
        text = "<%s: repr() of it fails with %s>" % (type(value).__qualname__, type(error).__qualname__)
    most = min(most or run.keep, run.keep // 2)
    return text if len(text) <= most else text[:most] + "..."


def failure(run, error):
    """Is the answer for a function that raised error."""
    if isinstance(error, Unusable):
        return {"type": "error", "error": error.args[0], "detail": error.args[1]}
    line, detail = describe(error)
    if isinstance(error, TypeError) and ours(innermost(error)):
        # The call itself failed: the arguments do not fit.
        return {"type": "error", "error": "call %s: %s" % (run.function, line), "detail": ""}
    return {"type": "error", "error": line, "detail": detail}


def innermost(error):
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_filename


class Worker:
    """The loop, the threads and the runs. Its methods run on the loop, but for
    in_thread and done."""

    def __init__(self, loop, concurrency):
        self.loop = loop
        self.channel = Channel()
        self.functions = Functions()
        self.threads = concurrent.futures.ThreadPoolExecutor(concurrency, "run")
        self.runs = {}  # by id
        self.received = collections.deque()  # pieces of a line
        self.ending = False

    def hello(self):
        version = "%d.%d.%d" % sys.version_info[:3]
        self.channel.send({"type": "hello", "protocol": PROTOCOL, "python": version, "pid": os.getpid()})

    def readable(self):
        try:
            data = os.read(REQUESTS, 1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.abandoned()
            return
        lines = data.split(b"\n")
        for line in lines[:-1]:
            self.received.append(line)
            whole = b"".join(self.received)
            self.received.clear()
            try:
                self.receive(whole)
            except BaseException:  # a call is lost, and nobody knows which
                traceback.print_exc(file=sys.__stderr__)
                os._exit(1)
        if lines[-1]:
            self.received.append(lines[-1])

    def receive(self, line):
        try:
            request = json.loads(line)
        except (ValueError, RecursionError) as error:
            # Such as a number of too many digits. The id stands in front.
            found = re.match(rb'\{"type":"call","id":(\d+),', line)
            if not found:
                raise
            text = "read the arguments: " + describe(error)[0]
            self.channel.send({"type": "error", "id": int(found.group(1)), "error": text, "detail": ""})
            return
        kind = request.get("type")
        if kind == "call":
            self.begin(Run(self.channel, request))
        elif kind == "cancel":
            self.cancel(request["id"])
        elif kind == "end":
            self.leave()
        # Others are of a later protocol, and none that needs an answer.

    def begin(self, run):
        self.runs[run.id] = run
        context = contextvars.Context()
        try:
            context.run(current_run.set, run)
            function, coroutine = context.run(self.functions.find, run.function)
            if run.event is not None:
                run.args = [JobExecutionEvent(run.event)]
            else:
                context.run(make_arguments, run)
            call = functools.partial(function, *run.args, **run.kwargs)
            if coroutine:
                run.task = context.run(self.loop.create_task, self.on_loop(run, call))
            else:
                submit(self.threads, context.run, self.in_thread, run, call)
        except BaseException as error:
            self.done(run, failure(run, error))

    async def on_loop(self, run, call):
        try:
            value = call()
            if inspect.isawaitable(value):
                value = await value
            answer = outcome(run, value)
        except BaseException as error:  # SystemExit would end the loop
            answer = self.why(run, error)
        self.done(run, answer)

    def in_thread(self, run, call):
        run.thread = threading.get_ident()
        try:
            if run.cancelled:
                raise asyncio.CancelledError
            value = call()
            run.thread = None
            if inspect.isawaitable(value):
                self.loop.call_soon_threadsafe(contextvars.copy_context().run, self.go_on, run, value)
                return
            answer = outcome(run, value)
        except BaseException as error:
            answer = self.why(run, error)
        self.done(run, answer)

    def go_on(self, run, value):
        """Awaits what a plain function returned, such as one behind a decorator."""
        run.task = self.loop.create_task(self.on_loop(run, lambda: value))
        if run.cancelled:
            self.loop.call_soon(run.task.cancel)

    @staticmethod
    def why(run, error):
        if run.cancelled and isinstance(error, asyncio.CancelledError):
            return {"type": "error", "error": "cancelled", "detail": describe(error)[1]}
        return failure(run, error)

    def done(self, run, answer):
        run.end(answer)
        run.task = None
        del self.runs[run.id]
        if self.ending and not self.runs:
            self.loop.call_soon_threadsafe(self.loop.stop)

    def cancel(self, identity):
        run = self.runs.get(identity)
        if run is None:
            return  # it has just ended
        run.cancelled = True
        if run.task is not None:
            # Not before its first step, which would then never be taken.
            self.loop.call_soon(run.task.cancel)
        elif run.thread is not None:
            self.channel.send({"type": "where", "id": run.id, "detail": position(run.thread)})

    def leave(self):
        """Ends when no run is left."""
        self.ending = True
        if not self.runs:
            self.loop.stop()

    def told_to_end(self):
        """SIGTERM or SIGINT: somebody ends everything. Takes no more calls."""
        self.channel.send({"type": "leaving"})

    def abandoned(self):
        """The scheduler is gone: what is done from now on nobody will know."""
        self.loop.remove_reader(REQUESTS)
        self.channel.open = False
        for identity in list(self.runs):
            self.cancel(identity)
        last = threading.Timer(PATIENCE, end_group)
        last.daemon = True
        last.start()
        self.leave()


def end_group():
    """Ends this process with all that functions have started: their runs may be
    begun anew elsewhere."""
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


plain_submit = concurrent.futures.ThreadPoolExecutor.submit
plain_start = threading.Thread.start


def submit(executor, function, *args, **kwargs):
    """ThreadPoolExecutor.submit without a run to take along."""
    token = current_run.set(None)
    try:
        return plain_submit(executor, function, *args, **kwargs)
    finally:
        current_run.reset(token)


def as_part_of(run, function):
    def call(*args, **kwargs):
        token = current_run.set(run)
        try:
            return function(*args, **kwargs)
        finally:
            current_run.reset(token)

    return call


def take_runs_along():
    """Makes threads, and what is handed to pools of threads, print for the run
    that began them. Everything else of their context is as always."""

    @functools.wraps(plain_submit)
    def submit_along(self, fn, *args, **kwargs):
        run = current_run.get()
        if run is not None:
            fn = as_part_of(run, fn)
        return submit(self, fn, *args, **kwargs)

    @functools.wraps(plain_start)
    def start_along(self):
        run = current_run.get()
        if run is not None:
            self.run = as_part_of(run, self.run)
        return plain_start(self)

    concurrent.futures.ThreadPoolExecutor.submit = submit_along
    threading.Thread.start = start_along


def resident():
    """Is the memory in use in bytes; the most so far where the system does not
    tell; 0 when it tells neither."""
    try:
        return int(os.pread(statm, 128, 0).split()[1]) * PAGE
    except (OSError, IndexError, ValueError):
        pass
    try:
        import resource
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


try:
    statm = os.open("/proc/self/statm", os.O_RDONLY)
    PAGE = os.sysconf("SC_PAGE_SIZE")
except OSError:
    statm = PAGE = -1


def leave_to_parent(worker, outputs):
    """Makes a forked child a process without a protocol: only the parent may
    answer. What it prints is the worker's log."""
    def forked():
        worker.channel.__init__()
        worker.channel.open = False
        current_run.set(None)
        for fd in (REQUESTS, ANSWERS):
            try:
                os.close(fd)
            except OSError:
                pass
        sys.stdout, sys.stderr = outputs

    os.register_at_fork(after_in_child=forked)


def current():
    """For functions: the run that they are, as a mapping with job, run,
    scheduled, attempt, token and node; None outside of one."""
    run = current_run.get()
    return run.info if run is not None else None


def cancelled():
    """For plain functions: whether they are to end."""
    run = current_run.get()
    return run is not None and run.cancelled


def offer_module():
    module = types.ModuleType("watchkeeper_run", "What a function can learn of the run that it is.")
    module.current, module.cancelled = current, cancelled
    sys.modules[module.__name__] = module


def main(concurrency):
    for fd in (REQUESTS, ANSWERS):
        os.set_inheritable(fd, False)
    os.set_blocking(REQUESTS, False)
    os.set_blocking(ANSWERS, True)
    sys.path[:] = [os.getcwd()] + [p for p in sys.path if p not in ("", os.getcwd())]
    sys.argv[:] = ["watchkeeper"]
    log = sys.stdout, sys.stderr
    faulthandler.enable(log[1])  # a crash in C then says where
    for stream in log:
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    sys.stdout, sys.stderr = Output("stdout", log[0]), Output("stderr", log[1])
    take_runs_along()
    offer_module()

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = Worker(loop, concurrency)
    leave_to_parent(worker, log)
    for sig in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sig, worker.told_to_end)
    loop.add_reader(REQUESTS, worker.readable)
    loop.call_soon(worker.hello)
    while True:
        try:
            loop.run_forever()
        except BaseException:  # SystemExit of a task that a function left behind, or what a signal handler raised
            traceback.print_exc()
            continue
        break
    close(loop)


def close(loop):
    """Ends what functions have left on the loop. What they asked atexit for
    comes after it, and threads that are no daemons are waited for."""
    loop.remove_reader(REQUESTS)
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    try:
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
    except BaseException:
        traceback.print_exc()
    loop.close()
