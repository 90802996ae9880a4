#!/usr/bin/python3
"""Physical limits of this machine, for comparison.  limits.py --out results/x.json [--only NAME,...]"""
import argparse
import json
import os
import platform
import subprocess

from common import log, save, summarize, tool, work_dir


def save_row(out, key, row):
    """Add one repetition to what the file has of a limit."""
    try:
        with open(out) as f:
            reps = json.load(f)["limits"]["machine"][key]["reps"]
    except (OSError, KeyError, ValueError):
        reps = []
    save(out, "limits", "machine", key, summarize(reps + [row]))


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--out", required=True)
    a.add_argument("--reps", type=int, default=5)
    a.add_argument("--only", help="comma-separated names of limits")
    o = a.parse_args()
    t, w = tool("limits"), work_dir()
    f = os.path.join(w, "limit.tmp")
    runs = {"posix_spawn_exec_reap": [t, "spawn", "3000"], "vfork_exec_reap": [t, "vfork", "3000"],
            "fork_exec_reap": [t, "fork", "3000"],
            "pipe_to_file_rw_64k": [t, "pipe", "rw", str(2 << 30), f],
            "pipe_to_file_splice": [t, "pipe", "splice", str(2 << 30), f], "fdatasync_512B": [t, "fsync", "2000", f],
            "spawn_like_1000": [t, "spawnlike", "1000", w], "spawn_like_200": [t, "spawnlike", "200", w],
            "pumps_1_65500": [t, "pumps", "1", str(2 << 30), "65500", w],
            "pumps_50_65500": [t, "pumps", "50", str(2 << 30), "65500", w],
            "pumps_50_100": [t, "pumps", "50", str(256 << 20), "100", w]}
    for _ in range(o.reps):
        for k in o.only.split(",") if o.only else runs:
            r = json.loads(subprocess.run(runs[k], capture_output=True, text=True, check=True).stdout)
            log(k, r)
            save_row(o.out, k, r)
    save(o.out, "limits", "machine", "about", {
        "cpus": os.cpu_count(), "kernel": platform.release(), "python": platform.python_version(),
        "cpu": next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "?"),
        "mem_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)})


if __name__ == "__main__":
    main()
