"""An event listener that writes down what it is told and answers as it is told.

Usage: listener.py RECORD. Each event makes a line: the process, the header
and the payload as Python shows them. The last line of the payload may say
what to do with the event when it comes for the first time.
"""

import os
import sys
import time

from supervisor import childutils

record, name = sys.argv[1], os.environ['SUPERVISOR_PROCESS_NAME']


def first_time(serial):
    try:
        os.close(os.open(record + '.seen' + serial, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def answer(word, serial):
    if word == 'hold':
        while not os.path.exists(record + '.go'):
            time.sleep(0.01)
    elif not first_time(serial):
        pass
    elif word == 'fail':
        return childutils.listener.fail(sys.stdout)
    elif word == 'die':
        sys.exit(3)
    elif word == 'garbage':
        sys.stdout.write('HELLO\n')
        sys.stdout.flush()
        time.sleep(1000)
    childutils.listener.ok(sys.stdout)


while True:
    childutils.listener.ready(sys.stdout)
    header = sys.stdin.readline()
    fields = childutils.get_headers(header)
    payload = sys.stdin.read(int(fields['len']))
    with open(record, 'a') as out:
        out.write('%s %r %r\n' % (name, header, payload))
    answer(payload.split('\n')[-1], fields['serial'])
    time.sleep(0.05)  # so that the answer is read alone
