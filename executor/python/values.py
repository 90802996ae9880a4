"""Arguments that JSON has no form for: {"$py": TYPE, "value": ...}.

docs/python-workers.md has the table of them. This is the first half of the
worker's program and worker.py the second: together they are one module.

Nothing is unpickled and no __init__ is called. What is imported are the modules
of the classes and names that an argument has.
"""

import base64
import datetime
import re

TAG = "$py"

DATE = r"(\d{4})-(\d\d)-(\d\d)"
CLOCK = r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d:\d\d(?::\d\d)?)?"
OFFSET = r"([+-])(\d\d):(\d\d)(?::(\d\d))?"


class Arguments:
    """Makes the arguments of one call. After an error where() says at which."""

    def __init__(self, resolve):
        self.resolve = resolve  # finds module:name
        self.path = []

    def make(self, args, kwargs):
        self.path[:] = ["args"]
        args = self.items(args)
        self.path[:] = ["kwargs"]
        return args, self.members(kwargs)

    def where(self):
        text = self.path[0]
        for part in self.path[1:]:
            if isinstance(part, int):
                text += "[%d]" % part
            elif re.fullmatch(r"\w+", part, re.ASCII):
                text += "." + part
            else:
                text += '["%s"]' % part
        return text

    def value(self, v):
        if type(v) is dict:
            return self.tagged(v) if TAG in v else self.members(v)
        return self.items(v) if type(v) is list else v

    def items(self, values):
        made = []
        for i, v in enumerate(values):
            self.path.append(i)
            made.append(self.value(v))
            self.path.pop()
        return made

    def members(self, values):
        made = {}
        for key, v in values.items():
            self.path.append(key)
            made[key] = self.value(v)
            self.path.pop()
        return made

    def tagged(self, v):
        make = getattr(self, "make_" + v[TAG], None)
        if make is None:
            raise ValueError("there is no type %r for %s" % (v[TAG], TAG))
        return make(v)

    def within(self, v, member="value"):
        """Is what a member of a tagged value stands for."""
        self.path.append(member)
        made = self.value(v[member])
        self.path.pop()
        return made

    def make_datetime(self, v):
        parts = groups(DATE + "[T ]" + CLOCK, v["value"])
        clock, offset = clock_of(parts[3:])
        return self.in_zone(v, datetime.datetime(*map(int, parts[:3]), *clock), offset)

    def make_time(self, v):
        clock, offset = clock_of(groups(CLOCK, v["value"]))
        return self.in_zone(v, datetime.time(*clock), offset)

    def in_zone(self, v, naive, offset):
        """Is a datetime or a time in the zone that stands beside its value. Of two
        that the clocks there show alike it is the one with the offset."""
        folds = (v["fold"],) if "fold" in v else (0, 1)
        if "zone" not in v:
            return naive.replace(tzinfo=offset, fold=folds[0])
        zone = zone_info(v["zone"]) if isinstance(v["zone"], str) else self.within(v, "zone")
        if hasattr(zone, "localize") and isinstance(naive, datetime.datetime):  # of pytz
            naive = naive.replace(fold=folds[0])
            found = zone.localize(naive, is_dst=False), zone.localize(naive, is_dst=True), naive.replace(tzinfo=zone)
        else:
            found = [naive.replace(tzinfo=zone, fold=fold) for fold in folds]
        for at in found:
            if offset is None or at.utcoffset() == offset.utcoffset(None):
                return at
        raise ValueError("the clocks of %s do not show %s with the offset %s" % (zone, naive, offset))

    def make_date(self, v):
        return datetime.date(*map(int, groups(DATE, v["value"])))

    def make_timedelta(self, v):
        value = v["value"]
        return datetime.timedelta(*value) if isinstance(value, list) else datetime.timedelta(seconds=value)

    def make_timezone(self, v):
        return fixed(v["value"], *([v["name"]] if "name" in v else []))

    def make_ZoneInfo(self, v):
        return zone_info(v["value"])

    def make_pytz(self, v):
        import pytz
        name = v["value"]
        return pytz.FixedOffset(name) if isinstance(name, int) else pytz.timezone(name)

    def make_bytes(self, v):
        return base64.b64decode(v["value"], validate=True)

    def make_bytearray(self, v):
        return bytearray(self.make_bytes(v))

    def make_tuple(self, v):
        return tuple(self.within(v))

    def make_set(self, v):
        return set(self.within(v))

    def make_frozenset(self, v):
        return frozenset(self.within(v))

    def make_dict(self, v):
        return dict(self.within(v))

    def make_float(self, v):
        return float(v["value"])

    def make_complex(self, v):
        return complex(*self.within(v))

    def make_Decimal(self, v):
        import decimal
        return decimal.Decimal(v["value"])

    def make_UUID(self, v):
        import uuid
        return uuid.UUID(v["value"])

    def make_global(self, v):
        return self.resolve(v["value"])

    def make_object(self, v):
        """Makes an instance as pickle does of one without a reduce of its own."""
        cls = self.resolve(v["class"])
        if not isinstance(cls, type):
            raise TypeError("%s is no class: it is of type %s" % (v["class"], type(cls).__name__))
        made = cls.__new__(cls, *(self.within(v, "args") if "args" in v else ()))
        if "state" in v:
            restore(made, self.within(v, "state"))
        return made


def restore(made, state):
    """Gives an instance its state, as pickle's BUILD does."""
    setstate = getattr(made, "__setstate__", None)
    if setstate is not None:
        setstate(state)
        return
    slots = None
    if isinstance(state, tuple) and len(state) == 2:
        state, slots = state
    if state:
        made.__dict__.update(state)
    for name, v in (slots or {}).items():
        setattr(made, name, v)


def groups(pattern, text):
    match = re.fullmatch(pattern, text, re.ASCII)
    if match is None:
        raise ValueError("%r cannot be read" % text)
    return match.groups()


def clock_of(parts):
    """Is hour, minute, second and microsecond, and the offset as a timezone."""
    hour, minute, second, fraction, offset = parts
    clock = int(hour), int(minute), int(second or 0), int((fraction or "").ljust(6, "0"))
    return clock, fixed(offset) if offset else None


def fixed(offset, *name):
    sign, hours, minutes, seconds = groups(OFFSET, "+00:00" if offset == "Z" else offset)
    delta = datetime.timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    return datetime.timezone(-delta if sign == "-" else delta, *name)


def zone_info(name):
    import zoneinfo  # of Python 3.9
    return zoneinfo.ZoneInfo(name)
