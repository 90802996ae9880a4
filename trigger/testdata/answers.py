"""Answers for TestAgainstAPScheduler: reads one JSON request a line, writes one
JSON answer a line. A request is {"fields": {...}, "tz": name, "now": seconds,
"n": count}; the answer a list of Unix seconds (null: none), or the error."""
import json
import sys
from datetime import datetime, timedelta

import pytz
from apscheduler.triggers.cron import CronTrigger

for line in sys.stdin:
    request = json.loads(line)
    zone = pytz.timezone(request["tz"])
    try:
        trigger = CronTrigger(timezone=zone, **request["fields"])
        now = datetime.fromtimestamp(request["now"], zone)
        previous, answer = None, []
        for _ in range(request["n"]):
            previous = trigger.get_next_fire_time(previous, now)
            if previous is None:
                answer.append(None)
                break
            answer.append(int(previous.timestamp()))
            now = previous + timedelta(milliseconds=1)
    except (ValueError, TypeError) as error:
        answer = str(error)
    print(json.dumps(answer), flush=False)
sys.stdout.flush()
