#!/usr/bin/python3
"""Tables of the scheduling measurements from a results file.  report_scheduling.py RESULTS.json [SCHEDULING.md]

With SCHEDULING.md: replaces what lies between the two 'tables' marker lines there."""
import json
import sys

from report import finish, table

LATE = ("runs_per_s", "due", "not_run", "late_p50_ms", "late_p99_ms", "late_max_ms", "cpu_s", "rss_mib")


class Results:
    """Figures by contender, measure and key."""

    def __init__(self, d):
        self.d = d

    def measures(self, prefix):
        return sorted({m for v in self.d.values() for m in v if m.startswith(prefix)})

    def rows(self, measure):
        """(contender, figures) of all that took part."""
        return [(n, v[measure]) for n, v in self.d.items() if measure in v]


def versions(r):
    return "### Versions\n\n" + table(["contender", "version"], [
        [n, "%s (%s)" % (i.get("version"), i.get("go") or "Python " + i.get("python", "?"))] for n, i in r.rows("info")])


def adding(r):
    rows = []
    for m in r.measures("add_memory_"):
        _, _, kind, size, state = m.split("_")
        for n, v in r.rows(m):
            rows.append(["%s, %s, %s" % (kind, size, state), n] +
                        [v.get(k) for k in ("n", "jobs_per_s", "cpu_us_per_job", "rss_bytes_per_job", "heap_bytes_per_job")])
    return ("### h. Adding to the memory store\n\n'running': the scheduler was started before; 'stopped': started after. "
            "n below the size asked: stopped by the time cap.\n\n" +
            table(["case", "contender", "n", "jobs/s", "CPU us/job", "RSS bytes/job", "heap bytes/job"], rows))


def firing(r, kind, title):
    rows = []
    for m in sorted(r.measures("fire_" + kind), key=lambda m: (int(m.split("_")[2]), m)):
        _, _, size, mode = m.split("_")
        for n, v in r.rows(m):
            name = n if mode == "default" and n != "apscheduler" else "%s (%s)" % (n, mode)
            rows.append([size, name] + ([v["error"][:60]] + ["-"] * 7 if "error" in v else [v.get(k) for k in LATE]))
    return "### %s\n\n" % title + table(
        ["N", "contender", "runs/s", "due", "not run in window", "late p50 ms", "late p99 ms", "late max ms", "CPU s", "RSS MiB"], rows)


def adding_persistently(r):
    rows = []
    for m in r.measures("add_persistent_"):
        for n, v in r.rows(m):
            if "error" not in v:
                rows.append([m[15:].replace("_", " "), n] +
                            [v.get(k) for k in ("n", "jobs_per_s", "cpu_us_per_job", "server_cpu_s_with_adding")])
    return "### j. Adding to a persistent store\n\n" + table(["case", "contender", "n", "jobs/s", "CPU us/job", "server CPU s"], rows)


def next_time(r):
    names = sorted({n for m in r.measures("next ") for n, _ in r.rows(m)})
    rows = []
    for m in r.measures("next "):
        figures = dict(r.rows(m))
        sums = {v["checksum"] for v in figures.values() if "checksum" in v}
        expr, zone = m[5:].rsplit(" ", 1)
        rows.append(["`%s` %s" % (expr, zone)] + [figures.get(n, {}).get("ns_per_next") for n in names] + ["yes" if len(sums) == 1 else "NO"])
    return "### l. Next fire time (ns per call)\n\n" + table(["expression, zone"] + names + ["all agree"], rows)


def main():
    with open(sys.argv[1]) as f:
        r = Results(json.load(f).get("scheduling", {}))
    text = "\n\n".join([
        versions(r), adding(r),
        firing(r, "memory", "i. Firing, memory store: all jobs due every second for 10 s"),
        firing(r, "persistent", "k. Firing, persistent store"),
        adding_persistently(r), next_time(r)]) + "\n"
    finish(text, "tables")


if __name__ == "__main__":
    main()
