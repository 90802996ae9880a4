"""Adds jobs for one user, and writes down for whom its functions are called."""

import functools
import os
import sys
import threading
import time

from apscheduler.schedulers.background import BackgroundScheduler

USER = sys.argv[1]


def send(user):
    with open(os.environ["SENT"], "a", encoding="utf-8") as file:
        file.write("%s: %s\n" % (USER, user))


class Report:
    def __init__(self, user):
        self.user = user

    def send(self):
        send(self.user)


def closure(user):
    def inner():
        send(user)

    return inner


def shared(lock):
    return lambda: (send("all"), lock.locked())


scheduler = BackgroundScheduler()
scheduler.add_job(functools.partial(send, USER), "interval", seconds=0.2)
scheduler.add_job(Report(USER).send, "interval", seconds=0.2)
scheduler.add_job(closure(USER), "interval", seconds=0.2)
scheduler.add_job(lambda user=USER: send(user), "interval", seconds=0.2)
scheduler.add_job(shared(threading.Lock()), "interval", seconds=0.2)
scheduler.start()
while not os.path.exists(os.environ["SENT"] + ".enough"):
    time.sleep(0.05)
scheduler.shutdown()
