"""A FastAPI program under uvicorn with four workers, of which one is killed again and again."""

import collections
import os
import random
import signal
import socket
import subprocess
import sys
import time
import unittest

import support

SECONDS = float(os.environ.get("CHAOS_SECONDS", 8))


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def children(pid):
    """The processes that a process has started."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open("/proc/%s/stat" % name, encoding="utf-8") as file:
                after = file.read().rpartition(")")[2].split()
        except (OSError, UnicodeDecodeError):
            continue
        if name.isdigit() and int(after[1]) == pid and after[0] != "Z":
            found.append(int(name))
    return found


class Uvicorn(unittest.TestCase):
    def setUp(self):
        if subprocess.run([sys.executable, "-c", "import fastapi, uvicorn"], stderr=subprocess.DEVNULL, check=False).returncode:
            self.assertNotEqual(os.environ.get("CI"), "true", "FastAPI is not installed")
            self.skipTest("FastAPI is not installed (Debian: python3-fastapi, uvicorn)")
        self.daemon = support.Daemon(lease=2).start()
        self.addCleanup(self.daemon.close)
        self.ticks = os.path.join(self.daemon.dir, "ticks")
        self.servers = []
        self.addCleanup(self.stop)

    def serve(self):
        environ = dict(os.environ, WATCHKEEPER_URL=self.daemon.url, TICKS=self.ticks, PYTHONDONTWRITEBYTECODE="1")
        command = [sys.executable, support.CLIENT, "run", "-m", "uvicorn", "web:app", "--workers", "4", "--port", str(free_port())]
        log = open(os.path.join(self.daemon.dir, "uvicorn.log"), "ab")
        self.addCleanup(log.close)
        self.servers.append(
            subprocess.Popen(command, cwd=os.path.join(support.HERE, "programs"), env=environ, stdout=log, stderr=log, start_new_session=True)
        )

    def stop(self):
        for server in self.servers:
            os.killpg(server.pid, signal.SIGTERM)
        for server in self.servers:
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()

    def joined(self):
        return {int(w["name"].rpartition(":")[2]) for w in self.daemon.ask("GET", "/executors/app/workers")["items"]}

    def seen(self):
        try:
            with open(self.ticks, encoding="utf-8") as file:
                return [line.split() for line in file]
        except FileNotFoundError:
            return []

    def test_each_due_time_runs_once(self):
        self.serve()
        support.until(lambda: len(self.joined()) == 4 and self.seen(), "four workers", 60)
        deadline = time.monotonic() + SECONDS
        killed = set()
        while time.monotonic() < deadline:
            time.sleep(random.uniform(1, 3))
            alive = self.joined() - killed
            if len(alive) <= 2:
                self.serve()  # uvicorn does not start another worker for one that was killed
                support.until(lambda: len(self.joined() - killed) > 2, "more workers", 60)
                continue
            victim = random.choice(sorted(alive))
            os.kill(victim, signal.SIGKILL)
            killed.add(victim)
        self.assertTrue(killed)
        count = len(self.seen())
        support.until(lambda: len(self.seen()) > count + 3, "runs after the last kill")
        time.sleep(3)  # what a killed worker had is run again after its lease
        due = collections.Counter(at for at, _ in self.seen())
        self.assertEqual([at for at, times in due.items() if times != 1], [])
        seconds = sorted(time.mktime(time.strptime(at[:19], "%Y-%m-%dT%H:%M:%S")) for at in due)
        gaps = [b - a for a, b in zip(seconds, seconds[1:]) if b - a != 1]
        # the workers that come have the job declared anew, which changes nothing
        self.assertEqual(gaps, [])
        self.assertGreater(len({pid for _, pid in self.seen()}), 1)


if __name__ == "__main__":
    unittest.main()
