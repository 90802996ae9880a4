"""Runs Supervisor's own supervisorctl many times in one process, as starting
Python takes longer than a session does.

Each line of stdin is a job {"args": [...], "stdin": TEXT}, each line of
stdout its outcome {"stdout": TEXT, "stderr": TEXT, "code": N}.
"""
import json
import os
import signal
import sys
import tempfile
import traceback

from supervisor import supervisorctl

LONGEST = 20  # seconds, after which a session is killed


def run(args):
    """Is supervisorctl in a child whose standard streams are set."""
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)
    signal.alarm(LONGEST)
    code = 1
    try:
        supervisorctl.main(args)
    except SystemExit as leaving:
        code = leaving.code or 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def outcome(job):
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout, \
            tempfile.TemporaryFile() as stderr:
        stdin.write(job["stdin"].encode("utf-8"))
        stdin.seek(0)
        pid = os.fork()
        if pid == 0:
            for fd, file in enumerate((stdin, stdout, stderr)):
                os.dup2(file.fileno(), fd)
            run(job["args"])
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        stdout.seek(0)
        stderr.seek(0)
        return {"stdout": stdout.read().decode("utf-8"),
                "stderr": stderr.read().decode("utf-8"), "code": code}


jobs = os.fdopen(os.dup(0))
answers = os.fdopen(os.dup(1), "w")
for line in jobs:
    answers.write(json.dumps(outcome(json.loads(line))) + "\n")
    answers.flush()
