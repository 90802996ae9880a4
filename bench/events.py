#!/usr/bin/python3
"""Events per second through one listener and through fifty, the contenders side by side.

  events.py --out results/x.json [--reps 5] [--count 20000] NAME=DAEMON ...

A program makes COUNT events as fast as it can, by writing blocks between communication tags; a pool of listeners
answers each. The clock runs from the program's first write to the last answer, and every event must have come once.
"""
import argparse
import json
import mmap
import os
import shlex
import signal
import struct
import subprocess
import sys
import tempfile

from common import cpu, log, rmtree, save, summarize, tool, tree, wait_for, work_dir

CONF = """[supervisord]
logfile={d}/supervisord.log
pidfile={d}/s.pid
childlogdir={d}
nodaemon=true
[unix_http_server]
file={d}/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[eventlistener:pool]
command={tool} listen {d}/state
events=PROCESS_COMMUNICATION
buffer_size={count}
numprocs={n}
process_name=%(program_name)s_%(process_num)02d
startsecs=0
stdout_logfile=NONE
[program:maker]
command={tool} make {d}/state {count}
startsecs=0
stdout_capture_maxbytes=1MB
stdout_logfile=NONE
"""


def measure(daemon, listeners, count):
    d = tempfile.mkdtemp(prefix="events-", dir=work_dir())
    with open(os.path.join(d, "s.conf"), "w") as f:
        f.write(CONF.format(d=d, n=listeners, count=count, tool=tool("benchlistener")))
    with open(os.path.join(d, "state"), "wb+") as f:
        f.truncate(4096)
        state = mmap.mmap(f.fileno(), 4096)
    with open(os.path.join(d, "daemon.out"), "wb") as out:
        p = subprocess.Popen(daemon + ["-n", "-c", os.path.join(d, "s.conf")], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                             start_new_session=True)
    try:
        if not wait_for(lambda: len(tree(p.pid)[0]) >= listeners + 2 or p.poll() is not None, 60, 0.05) or p.poll() is not None:
            raise RuntimeError(open(os.path.join(d, "daemon.out")).read()[-500:])
        wait_for(lambda: False, 1.5)  # the listeners are ready
        c0 = cpu([p.pid])
        state[:8] = struct.pack("=Q", 1)
        ok = wait_for(lambda: struct.unpack("=Q", state[8:16])[0] >= count, 120)
        used = cpu([p.pid]) - c0
        answered, total, first, last = struct.unpack("=QQQQ", state[8:40])
        return {"events_per_s": answered / ((last - first) / 1e9), "daemon_cpu_us_per_event": used * 1e6 / max(1, answered),
                "answered": answered, "lost": count - answered, "exact": ok and total == count * (count - 1) // 2}
    finally:
        p.send_signal(signal.SIGTERM)
        try:
            p.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            p.wait()
        state.close()
        rmtree(d)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("contenders", nargs="+")
    a.add_argument("--out", required=True)
    a.add_argument("--reps", type=int, default=5)
    a.add_argument("--count", type=int, default=20000)
    o = a.parse_args()
    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, lambda *_: sys.exit(1))
    rows = {}
    for _ in range(o.reps):
        for n in (1, 50):
            for spec in o.contenders:
                name, daemon = spec.split("=", 1)
                r = measure(shlex.split(daemon), n, o.count)
                log(name, n, json.dumps(r))
                rows.setdefault((name, n), []).append(r)
                save(o.out, "events", name, "listeners_%d" % n, summarize(rows[name, n]))


if __name__ == "__main__":
    main()
