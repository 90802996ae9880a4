"""Functions for the tests of Python workers."""

import asyncio
import atexit
import concurrent.futures
import contextvars
import datetime
import faulthandler
import functools
import logging
import os
import signal
import subprocess
import sys
import threading
import time

import watchkeeper_run

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")

calls = 0


def add(a, b=0):
    return a + b


async def async_add(a, b=0):
    await asyncio.sleep(0)
    return a + b


class Shop:
    @staticmethod
    def open():
        return "open"

    async def __call__(self):
        return "called"


shop = Shop()
number = 3


def behind_decorator(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        print("before")
        return f(*args, **kwargs)

    return wrapper


@behind_decorator
async def decorated(x):
    await asyncio.sleep(0)
    print("inside")
    return x


def interval_func(text):
    print(text)


def speak():
    print("out")
    print("err", file=sys.stderr)
    logging.info("logged %s", "text")
    sys.stdout.buffer.write("字".encode()[:1])
    sys.stdout.buffer.write("字".encode()[1:] + b"\n")
    sys.stdout.write("no newline")


def past_stdout():
    atexit.register(print, "at the end")
    os.write(1, "过去 past\n".encode())
    subprocess.run(["echo", "of a child"], check=True)
    print("for the run")


def job_execute(event):
    print(f"job执行: job.id => {event.job_id} \t jobstore =>{event.jobstore}")
    at = event.scheduled_run_time
    return [repr(event), event.code, event.retval, at and at.isoformat(), repr(event.exception), event.traceback]


async def chat(name, times):
    for i in range(times):
        print(name, end=" ")
        await asyncio.sleep(0)
        print(i)
        await asyncio.sleep(0)


def chat_in_thread(name, times):
    for i in range(times):
        print(name, end=" ")
        time.sleep(0.0001)
        print(i)


pool = concurrent.futures.ThreadPoolExecutor(2)


async def helpers(name):
    threads = [threading.Thread(target=print, args=(name, "thread"))]
    threads[0].start()
    threads[0].join()
    pool.submit(print, name, "pool").result()
    await asyncio.get_running_loop().run_in_executor(None, print, name, "loop")
    await asyncio.create_task(chat(name, 1))


async def nap(seconds):
    await asyncio.sleep(seconds)
    return seconds


def sleep(seconds):
    time.sleep(seconds)
    return seconds


def file_then_sleep(path, seconds):
    touch(path)
    time.sleep(seconds)


def touch(path):
    with open(path, "w"):
        pass


async def touch_then_nap(path, seconds):
    touch(path)
    try:
        await asyncio.sleep(seconds)
    finally:
        print("cleaned up")


async def nap_and_touch(path, seconds, after):
    touch(path)
    try:
        await asyncio.sleep(seconds)
    finally:
        touch(after)


async def block_loop(path, seconds):
    touch(path)
    time.sleep(seconds)


def wait_until_cancelled(path):
    touch(path)
    while not watchkeeper_run.cancelled():
        time.sleep(0.01)
    print("told")


def meet(path, n):
    """Returns when n runs are in it at the same time."""
    with open(path, "a") as f:
        f.write("x")
    while os.stat(path).st_size < n:
        time.sleep(0.01)


async def async_meet(path, n):
    with open(path, "a") as f:
        f.write("x")
    while os.stat(path).st_size < n:
        await asyncio.sleep(0.02)


class ShopError(Exception):
    pass


def inner(text):
    raise ShopError(text)


def fail(text):
    print("about to fail")
    inner(text)


async def async_fail(text):
    await asyncio.sleep(0)
    inner(text)


def type_error():
    return len(3)


def leave(code=None):
    print("leaving")
    sys.exit(code)


async def async_leave(code):
    sys.exit(code)


async def leave_in_task():
    async def leave():
        sys.exit(5)

    task = asyncio.ensure_future(leave())
    await asyncio.sleep(0.01)
    return task.done()


def drop_dead(code):
    os.write(2, b"last words\n")
    os._exit(code)


def pid():
    return os.getpid()


async def async_pid():
    return os.getpid()


def threads():
    return threading.active_count()


def now():
    return {"at": datetime.datetime(2026, 3, 29), "n": 1}


def nan():
    return float("nan")


def half():
    print("\ud83d")
    return "\ud83d"


def circle():
    x = []
    x.append(x)
    return x


class Mute:
    def __repr__(self):
        raise RuntimeError("no")


def mute():
    return Mute()


def length(text):
    return len(text)


def repeat(text, times):
    return text * times


def print_much(times):
    for i in range(times):
        print("line", i)


def own_run():
    return dict(watchkeeper_run.current())


def eat(size):
    global eaten
    eaten = b"x" * size


def fork_and_print():
    child = os.fork()
    if child == 0:
        print("of the child")
        logging.info("logged by the child")
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
    print("of the parent")


def signalled():
    """Prints from a signal handler in the main thread all the time."""
    for i in range(300):
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(0.0005)
    return handled


handled = 0


def on_signal(*_):
    global handled
    handled += 1
    print("signal")


signal.signal(signal.SIGUSR1, on_signal)


def crash():
    faulthandler._sigsegv()


def babble():
    os.write(4, b"nonsense\n")
    time.sleep(60)


def paths():
    return sys.path[0]


variable = contextvars.ContextVar("variable", default=0)


def next_of_variable():
    variable.set(variable.get() + 1)
    return variable.get()


def grandchild(path):
    child = subprocess.Popen(["sleep", "1000"])
    with open(path + ".tmp", "w") as f:
        f.write(str(child.pid))
    os.rename(path + ".tmp", path)
    time.sleep(1000)


def show(*args, **kwargs):
    """What a function sees of its arguments."""
    return [repr(value) for value in args] + ["%s=%r" % item for item in kwargs.items()]


class Report:
    def __init__(self, title):
        raise RuntimeError("__init__ was called")

    def weekly(self, day):
        return "%s on %r" % (self.title, day)

    async def later(self, day):
        await asyncio.sleep(0)
        return self.weekly(day)


class Kept:
    def __setstate__(self, state):
        print("state", state)
        self.state = state["key"]

    def __repr__(self):
        return "Kept(%r)" % (self.state,)


class Slots:
    __slots__ = ("a",)

    def __repr__(self):
        return "Slots(%r)" % (self.a,)


class Word(str):
    def __new__(cls, text, times=1):
        return super().__new__(cls, text * times)
