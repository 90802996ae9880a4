"""Arguments: what they become as JSON, and what is made of that."""

import base64
import datetime
import unittest

import support  # noqa: F401  # the path of the client
import watchkeeper
from watchkeeper import decode, encode

try:
    import zoneinfo
except ImportError:  # Python 3.8
    zoneinfo = None
try:
    import pytz
except ImportError:
    pytz = None


def there_and_back(value):
    return decode(encode(value, "args[0]"))


class Values(unittest.TestCase):
    def same(self, found, wanted):
        self.assertEqual((found, type(found)), (wanted, type(wanted)))
        self.assertEqual((repr(found.tzinfo), found.fold, found.utcoffset()), (repr(wanted.tzinfo), wanted.fold, wanted.utcoffset()))

    def test_moments_keep_their_zone(self):
        plus_one = datetime.timezone(datetime.timedelta(hours=1))
        for at in (
            datetime.datetime(2030, 1, 31, 12, 30), datetime.datetime(2030, 1, 31, 12, 30, fold=1), datetime.time(12, 30, tzinfo=plus_one),
            datetime.datetime(2030, 1, 31, 12, 30, 1, 5, tzinfo=plus_one), datetime.datetime(2030, 1, 31, tzinfo=datetime.timezone.utc),
        ):
            self.same(there_and_back(at), at)

    @unittest.skipIf(zoneinfo is None, "Python 3.8 has no zoneinfo")
    def test_zones_of_zoneinfo(self):
        berlin = zoneinfo.ZoneInfo("Europe/Berlin")
        for at in (
            datetime.datetime(2030, 7, 1, tzinfo=berlin), datetime.datetime(2030, 1, 1, tzinfo=zoneinfo.ZoneInfo("UTC")),
            datetime.datetime(2029, 10, 28, 2, 30, tzinfo=berlin), datetime.datetime(2029, 10, 28, 2, 30, fold=1, tzinfo=berlin),
            datetime.time(12, tzinfo=berlin),
        ):
            self.same(there_and_back(at), at)
        # as `watchkeeper job import` writes it
        for zone in ({"$py": "ZoneInfo", "value": "Europe/Berlin"}, "Europe/Berlin"):
            self.same(
                decode({"$py": "datetime", "value": "2030-07-01T12:00:00", "zone": zone}), datetime.datetime(2030, 7, 1, 12, tzinfo=berlin)
            )
        # of two equal times of the clocks the one with the offset
        self.same(
            decode({"$py": "datetime", "value": "2029-10-28T02:30:00+01:00", "zone": "Europe/Berlin"}),
            datetime.datetime(2029, 10, 28, 2, 30, fold=1, tzinfo=berlin),
        )
        with self.assertRaisesRegex(ValueError, "do not show"):
            decode({"$py": "datetime", "value": "2029-10-28T02:30:00+05:00", "zone": "Europe/Berlin"})

    @unittest.skipIf(pytz is None, "pytz is not installed")
    def test_zones_of_pytz(self):
        berlin = pytz.timezone("Europe/Berlin")
        for at in (
            berlin.localize(datetime.datetime(2030, 7, 1)), berlin.localize(datetime.datetime(2029, 10, 28, 2, 30), is_dst=True),
            berlin.localize(datetime.datetime(2029, 10, 28, 2, 30), is_dst=False), pytz.utc.localize(datetime.datetime(2030, 7, 1)),
            pytz.FixedOffset(90).localize(datetime.datetime(2030, 7, 1)),
        ):
            self.same(there_and_back(at), at)
        self.same(
            decode({"$py": "datetime", "value": "2030-07-01T12:00:00", "zone": {"$py": "pytz", "value": "Europe/Berlin"}}),
            berlin.localize(datetime.datetime(2030, 7, 1, 12)),
        )
        self.assertEqual(decode({"$py": "pytz", "value": -90}), pytz.FixedOffset(-90))

    def test_zones_by_themselves(self):
        self.assertEqual(decode({"$py": "timezone", "value": "-03:30"}), datetime.timezone(datetime.timedelta(hours=-3.5)))
        self.assertEqual(decode({"$py": "timezone", "value": "+01:00", "name": "CET"}).tzname(None), "CET")
        if zoneinfo is not None:
            self.assertIs(decode({"$py": "ZoneInfo", "value": "Europe/Berlin"}), zoneinfo.ZoneInfo("Europe/Berlin"))

    def test_half_a_character_is_refused_with_its_path(self):
        for value, path in (
            ("\ud800", r"args: it has half"), ({"a": ["b\udfff"]}, r"args\.a\[0\]: it has half"), ({"\ud800": 1}, r"args: a key: it has half"),
            ({1: "\ud800"}, r"args\[1\]: it has half"),
        ):
            with self.assertRaisesRegex(ValueError, path):
                encode(value, "args")
        self.assertEqual(there_and_back("\U0001f600"), "\U0001f600")


class Url(unittest.TestCase):
    def test_a_password_is_for_the_daemon_alone(self):
        daemon = watchkeeper.Daemon("http://some%40body:s%3Aecret%2F@127.0.0.1:1/", patience=0.01)
        self.assertEqual(daemon.place, "http://127.0.0.1:1/")
        with self.assertRaises(watchkeeper.DaemonAway) as caught:
            daemon.ask("GET", "/health")
        self.assertIn("http://127.0.0.1:1/", str(caught.exception))
        self.assertNotIn("ecret", str(caught.exception))
        self.assertEqual(base64.b64decode(daemon.headers["Authorization"].split()[1]), b"some@body:s:ecret/")
        with self.assertRaisesRegex(ValueError, "'ftp://x/' is no address"):
            watchkeeper.Daemon("ftp://me:secret@x/").ask("GET", "/health")
        self.assertEqual(watchkeeper.Daemon("unix:///run/a@b.sock").place, "unix:///run/a@b.sock")


if __name__ == "__main__":
    unittest.main()
