"""A daemon for the tests: the binary that WATCHKEEPER names, in a directory of its own."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENT = os.path.join(os.path.dirname(HERE), "src", "watchkeeper.py")
sys.path.insert(0, os.path.dirname(CLIENT))

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
[jobstore:memory]
url=memory:
[executor:app]
type=remote
lease={lease}s
"""


class Daemon:
    """A daemon that is started and stopped."""

    def __init__(self, more="", lease=3):
        self.dir = tempfile.mkdtemp(prefix="wk")
        self.url = "unix://%s/s.sock" % self.dir
        with open(os.path.join(self.dir, "w.conf"), "w", encoding="utf-8") as conf:
            conf.write(CONF.format(dir=self.dir, lease=lease) + more.format(dir=self.dir))
        self.process = None

    def start(self):
        binary = os.environ.get("WATCHKEEPER", "watchkeeper")
        self.process = subprocess.Popen([binary, "serve", "-c", os.path.join(self.dir, "w.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: answers(os.path.join(self.dir, "s.sock")), "the daemon to answer")
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def ask(self, method, path, body=None):
        import watchkeeper

        daemon = watchkeeper.Daemon(self.url, patience=10)
        try:
            return daemon.ask(method, path, body)
        finally:
            daemon.release()


def answers(path):
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.connect(path)
        except OSError:
            return False
    return True


def until(condition, what, patience=20):
    """Waits for a condition and returns what it gives."""
    deadline = time.monotonic() + patience
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError("waited %g s for %s" % (patience, what))
        time.sleep(0.02)
