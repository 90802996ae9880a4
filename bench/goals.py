#!/usr/bin/python3
"""The goals of the project beside what was measured.  goals.py RESULTS.json [PAGE.md]

With PAGE.md: replaces what lies between the two 'goals' marker lines there. A goal is about a ratio where it can be: to
the best other contender, to the contender `bare`, or to a limit of the machine, all of the same run. What was not
measured says so."""
import json
import operator
import statistics
import sys

from report import f, finish, table

OURS = "watchkeeper"
STORES = (("SQLite", "watchkeeper-sqlite"), ("PostgreSQL", "watchkeeper-postgres"), ("Redis", "watchkeeper-redis"))


class Results:
    """Figures by section, contender, measure and key."""

    def __init__(self, d):
        self.d = d

    def of(self, section, name, measure, key):
        v = self.d.get(section, {}).get(name, {}).get(measure, {})
        return v.get(key) if isinstance(v, dict) else None

    def ours(self, measure, key):
        return self.of("supervision", OURS, measure, key)

    def bare(self, measure, key):
        return self.of("supervision", "bare", measure, key)

    def limit(self, name, key):
        return self.of("limits", "machine", name, key)

    def scheduled(self, name, measure, key):
        return self.of("scheduling", name, measure, key)

    def best(self, section, measure, key, choose):
        """What the best of the others has, and its name."""
        found = [(self.of(section, n, measure, key), n) for n in self.d.get(section, {})
                 if not n.startswith(OURS) and n not in ("bare", "heap")]
        found = [v for v in found if v[0] is not None]
        return choose(found) if found else (None, "nobody")

    def pairs(self, measure, key):
        """The median of the ratios of ours to bare, taken in turn."""
        reps = [self.of("supervision", n, measure, "reps") or [] for n in (OURS, "bare")]
        ratios = [a[key] / b[key] for a, b in zip(*reps) if a.get(key) and b.get(key)]
        return statistics.median(ratios) if ratios else None


def ratio(a, b):
    return None if a is None or not b else a / b


class Goals:
    def __init__(self):
        self.rows = []

    def most(self, what, value, goal, unit=""):
        self.hold(what, value, operator.le, "at most", goal, unit)

    def least(self, what, value, goal, unit=""):
        self.hold(what, value, operator.ge, "at least", goal, unit)

    def before(self, what, value, best, unit=""):
        """Less than the best of the others."""
        self.hold(what, value, operator.lt, "less than", best[0], unit, best[1])

    def above(self, what, value, best, unit=""):
        """More than the best of the others."""
        self.hold(what, value, operator.gt, "more than", best[0], unit, best[1])

    def hold(self, what, value, holds, words, goal, unit, whose=None):
        shown = "not measured" if value is None else f(value) + unit
        if goal is None:
            self.rows.append([what, words + " others", shown, "no other"])
            return
        of = " (%s)" % whose if whose else ""
        met = "-" if value is None else "yes" if holds(value, goal) else "**no**"
        self.rows.append([what, "%s %s%s%s" % (words, f(goal), unit, of), shown, met])


def supervision(r, g):
    start = r.ours("start_1000", "all_running_s")
    g.before("start of 1,000, all RUNNING", start, r.best("supervision", "start_1000", "all_exec_s", min), " s")
    g.most("... to `spawn_like`, its wall time", ratio(start, r.limit("spawn_like_1000", "seconds")), 1.5)
    g.most("... to `bare`, the daemon's CPU", ratio(r.ours("start_1000", "daemon_cpu_s"), r.bare("start_1000", "daemon_cpu_s")), 2.5)
    g.most("memory with 1,000 running", r.ours("start_1000", "rss_mib"), 44, " MiB")
    g.most("memory with 200 running", r.ours("start_200", "rss_mib"), 26, " MiB")
    g.most("idle with 200: wake-ups in 30 s", (lambda w: None if w is None else round(w * 30))(r.ours("idle_200", "wakeups_per_s")), 2)
    g.most("restart of a killed child, p50", r.ours("restart", "p50_ms"), 2, " ms")
    g.most("restart of a killed child, p99", r.ours("restart", "p99_ms"), 10, " ms")
    g.most("`getAllProcessInfo` of 1,000, p50", r.ours("status_1000", "api_p50_ms"), 4, " ms")
    status, empty = r.ours("status_1000", "ctl_p50_ms"), r.ours("status_1000", "ctl_empty_p50_ms")
    g.most("`supervisorctl status` of 1,000 above `--help`", None if None in (status, empty) else status - empty, 12, " ms")
    g.most("`update` of 1 in 1,000", r.ours("reload_1000", "cmd_s"), 0.1, " s")
    g.most("... others restarted", r.ours("reload_1000", "others_restarted"), 0)
    g.before("stop of 1,000", r.ours("stop_s_1000", "stop_s"), r.best("supervision", "stop_s_1000", "stop_s", min), " s")


def capture(r, g):
    for measure, what, tolerance in (
            ("logs_1", "log capture, 1 writer", 0.1), ("logs_50", "log capture, 50 writers", 0.1),
            ("logs_1_lines", "a line a write, 1 writer", 0.25), ("logs_50_lines", "a line a write, 50 writers", 0.25)):
        g.least(what + ", MB/s to `bare`", r.pairs(measure, "MBps"), 1 - tolerance)
        g.most(what + ", CPU per GiB to `bare`", r.pairs(measure, "daemon_cpu_s_per_GiB"), 1 + tolerance)
        lost = [r.ours(measure, k) for k in ("missing", "dups", "bad")]
        g.most(what + ", lines lost, doubled or cut", None if None in lost else sum(lost), 0)
    plain = r.bare("logs_50", "MBps")
    for mode in ("capture", "events", "prefix"):
        g.least("50 writers with %s, MB/s to `bare` without" % mode, ratio(r.ours("logs_50_" + mode, "MBps"), plain), 0.5)


def memory(r, g):
    g.least("interval jobs added in memory, running", r.scheduled(OURS, "add_memory_interval_100000_running", "jobs_per_s"), 1_000_000, "/s")
    g.most("... heap of each", r.scheduled(OURS, "add_memory_interval_100000_running", "heap_bytes_per_job"), 320, " bytes")
    for n in (10000, 100000):
        g.most("%s due each second in memory: not run" % f(n), r.scheduled(OURS, "fire_memory_%d_default" % n, "not_run"), 0)
    p99 = r.scheduled(OURS, "fire_memory_10000_default", "late_p99_ms")
    g.most("10,000 due each second in memory: p99 late to that of a bare heap", ratio(p99, r.scheduled("heap", "fire_memory_10000_default", "late_p99_ms")), 1.5)


def persistent(r, g):
    for store, name in STORES:
        g.most("10,000 due each second, %s: not run" % store, r.scheduled(name, "fire_persistent_10000_default", "not_run"), 0)
        g.most("... p99 late", r.scheduled(name, "fire_persistent_10000_default", "late_p99_ms"), 250, " ms")
    for measure, what in (("add_persistent_10000_bulk", "added at once"), ("add_persistent_10000", "added one by one")):
        best = r.best("scheduling", measure, "jobs_per_s", max)
        for store, name in STORES:
            g.above("%s, %s" % (what, store), r.scheduled(name, measure, "jobs_per_s"), best, "/s")
    for measure in sorted(m for m in r.d.get("scheduling", {}).get(OURS, {}) if m.startswith("next ")):
        ours, robfig = (r.scheduled(n, measure, "ns_per_next") for n in (OURS, "robfig-cron"))
        g.least("next time of `%s` %s: robfig/cron's time to ours" % tuple(measure[5:].rsplit(" ", 1)), ratio(robfig, ours), 2)


def python(r, g):
    def of(name, key):
        return r.of("python", name, "client", key)

    g.least("Python client, runs per second without a miss to APScheduler's with Redis", ratio(of(OURS, "rate jobs_per_second"), of("apscheduler", "rate jobs_per_second")), 5)
    g.most("... from the due time to the begin of a function, p50", of(OURS, "latency p50_ms"), 10, " ms")


def main():
    with open(sys.argv[1]) as file:
        r = Results(json.load(file))
    g = Goals()
    for part in (supervision, capture, memory, persistent, python):
        part(r, g)
    text = table(["what", "goal", "measured", "met"], g.rows) + "\n"
    finish(text, "goals")


if __name__ == "__main__":
    main()
