"""Waits to be killed."""

import os
import subprocess
import sys
import time

child = "import apscheduler, watchkeeper; print(watchkeeper.__file__)"
print(subprocess.check_output([sys.executable, "-c", child]).decode().strip(), flush=True)
print(os.getpid(), flush=True)
time.sleep(60)
