"""What the arguments of the samples and of carry.py are made of."""
import collections
import enum


class Svc:
    def __init__(self, n):
        self.n = n

    def run(self, z):
        pass


class Slots:
    __slots__ = ("a", "b")


class Both(Slots):
    def __init__(self):
        self.a, self.c = 1, (2,)


class Own:
    """Has a state of its own form, and shows whether __init__ was called."""

    def __init__(self, secret):
        self.secret, self.begun = secret, True

    def __getstate__(self):
        return [self.secret]

    def __setstate__(self, state):
        self.secret, = state


class Color(enum.Enum):
    RED = 1


Point = collections.namedtuple("Point", "x y")


def callback():
    pass
