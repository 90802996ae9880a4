#!/usr/bin/python3
"""The Python client beside APScheduler: one program, run over the daemon and by APScheduler with Redis.

    bench/python_client.py --watchkeeper bin/watchkeeper [--jobs 2000] [--reps 3]

rate: so many jobs are due each second for five seconds, with all settings as they come (a run that is a second late is
missed); the most of which every run of every job is made.
burst: so many jobs are due at one moment; runs per second from there to the last of them. Nobody may miss one.
latency: one job ten times a second; milliseconds from the due time to the begin of its function.
"""

import argparse
import datetime
import json
import logging
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from common import save

CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python", "src", "watchkeeper.py")

done = threading.Event()
begun = []
wanted = 0


def nothing():
    begun.append(time.time())
    if len(begun) >= wanted:
        done.set()


def scheduler_of(port, defaults=None):
    from apscheduler.jobstores.redis import RedisJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    return BackgroundScheduler(
        jobstores={"default": RedisJobStore(host="127.0.0.1", port=port)},
        job_defaults=defaults or {},
    )


PATIENT = {"misfire_grace_time": None, "coalesce": False, "max_instances": 1000}
SECONDS = 5


def measure_rate(port, jobs):
    """Whether every run of so many jobs is made that are due each second."""
    global wanted
    from apscheduler.events import EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED

    wanted = jobs * SECONDS
    refused = []
    logging.disable(logging.CRITICAL)  # of each run that is missed there would be a line
    s = scheduler_of(port)
    s.add_listener(refused.append, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
    s.start()
    s.remove_all_jobs()
    # So much later, that all of them are added by then.
    start = datetime.datetime.fromtimestamp(int(time.time() + 3 + jobs / 250)).astimezone()
    end = start + datetime.timedelta(seconds=SECONDS - 0.5)
    for n in range(jobs):
        s.add_job(nothing, "interval", seconds=1, start_date=start, end_date=end, id="rate%d" % n)
    added = time.time() < start.timestamp()
    done.wait(max(0, start.timestamp() + SECONDS + 3 - time.time()))
    count = len(begun)
    # The runs of a second are the same, whichever of them is first.
    late = sorted((at - start.timestamp() - n // jobs) * 1000 for n, at in enumerate(sorted(begun)))
    s.remove_all_jobs()
    s.shutdown(wait=False)
    return {"jobs": jobs, "made": count, "missed": wanted - count, "refused": len(refused), "added": added,
            "late_p99_ms": late[int(len(late) * 0.99)] if late else None}


LADDER = (100, 200, 400, 600, 800, 1000, 1500, 2000, 3000, 4000, 5000, 6000, 8000, 10000, 12000, 15000)


def measure_burst(port, jobs):
    """All jobs are overdue while the scheduler is paused; the clock runs from resume()."""
    global wanted
    wanted = jobs
    s = scheduler_of(port, PATIENT)
    s.start(paused=True)
    s.remove_all_jobs()
    now = datetime.datetime.now()
    for n in range(jobs):
        s.add_job(nothing, "date", run_date=now, id="burst%d" % n)
    begin = time.time()
    s.resume()
    done.wait(300)
    end = max(begun)
    time.sleep(0.5)  # a second run of one would be seen
    count = len(begun)
    s.shutdown()
    return {"runs_per_second": jobs / (end - begin), "missed": jobs - count}


def measure_latency(port, runs):
    global wanted
    wanted = runs
    s = scheduler_of(port, PATIENT)
    s.start()
    s.remove_all_jobs()
    start = datetime.datetime.now().astimezone() + datetime.timedelta(seconds=1)
    s.add_job(nothing, "interval", seconds=0.1, start_date=start, id="latency")
    done.wait(runs * 0.1 + 60)
    late = sorted((at - start.timestamp() - n * 0.1) * 1000 for n, at in enumerate(sorted(begun)[:runs]))
    s.remove_all_jobs()
    s.shutdown()
    return {"p50_ms": statistics.median(late), "p99_ms": late[int(len(late) * 0.99)], "runs": len(late)}


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


CONF = """
[unix_http_server]
file={dir}/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisord]
nodaemon=true
silent=true
logfile={dir}/main.log
pidfile={dir}/s.pid
[scheduler]
state_directory={dir}/state
[jobstore:redis]
url=redis://127.0.0.1:{port}/0
[executor:app]
type=remote
"""


def wait_for(connect):
    for _ in range(400):
        try:
            connect()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("it does not answer")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--watchkeeper", default="bin/watchkeeper")
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--latencies", type=int, default=200)
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--out", help="a results file to save the medians in")
    parser.add_argument("--python", default="/usr/bin/python3", help="one that has apscheduler and redis")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        conf = os.path.join(directory, "w.conf")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(CONF.format(dir=directory, port=port))
        redis = subprocess.Popen(["redis-server", "--port", str(port), "--save", "", "--dir", directory], stdout=subprocess.DEVNULL)
        daemon = None
        try:
            wait_for(lambda: socket.create_connection(("127.0.0.1", port)).close())
            daemon = subprocess.Popen([options.watchkeeper, "serve", "-c", conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_for(lambda: socket.socket(socket.AF_UNIX).connect(directory + "/s.sock"))
            environ = dict(os.environ, WATCHKEEPER_URL="unix://%s/s.sock" % directory, WATCHKEEPER_PATIENCE="60")
            found = {}
            for rep in range(options.reps):
                for name, prefix in (("apscheduler", []), ("watchkeeper", [CLIENT, "run"])):
                    def measure(what, size):
                        command = [options.python] + prefix + [os.path.abspath(__file__), "--child", what, str(port), str(size)]
                        told = json.loads(subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=True).stdout)
                        print(rep + 1, name, what, told, flush=True)
                        return told

                    best = 0
                    for size in LADDER:
                        told = measure("rate", size)
                        if told["missed"] or told["refused"]:
                            break
                        best = size
                    figures = {"rate": {"jobs_per_second": best}, "burst": measure("burst", options.jobs),
                               "latency": measure("latency", options.latencies)}
                    for what, told in figures.items():
                        for key, value in told.items():
                            found.setdefault("%s %s" % (what, key), {}).setdefault(name, []).append(value)
            for key, by_name in found.items():
                print("%-24s" % key, "  ".join("%s %.4g" % (name, statistics.median(values)) for name, values in by_name.items()))
            for name in ("apscheduler", "watchkeeper") if options.out else ():
                save(options.out, "python", name, "client", {key: statistics.median(by_name[name]) for key, by_name in found.items()})
        finally:
            for process in (daemon, redis):
                if process is not None:
                    process.terminate()
                    process.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps({"rate": measure_rate, "burst": measure_burst, "latency": measure_latency}[sys.argv[2]](int(sys.argv[3]), int(sys.argv[4]))))
    else:
        main()
