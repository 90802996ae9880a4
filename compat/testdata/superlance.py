"""Three listeners as those of superlance, which Debian does not have.

Usage: superlance.py crash|memory|http RECORD ...

crash writes down programs that have exited unexpectedly (as crashmail),
memory PROGRAM KILOBYTES restarts one that has grown too large (as memmon), and
http URL PROGRAM restarts one whose server does not answer (as httpok).
"""

import os
import sys
import urllib.request
from supervisor import childutils

kind, record = sys.argv[1:3]
rpc = childutils.getRPCInterface(os.environ)


def note(text):
    with open(record, 'a') as out:
        out.write('%s: %s\n' % (kind, text))


def restart(name):
    rpc.supervisor.stopProcess(name)
    rpc.supervisor.startProcess(name)
    note('restarted ' + name)


def kilobytes(pid):
    with open('/proc/%d/status' % pid) as status:
        for line in status:
            if line.startswith('VmRSS:'):
                return int(line.split()[1])
    return 0


def on_crash(headers, payload):
    if headers['eventname'] != 'PROCESS_STATE_EXITED':
        return
    pheaders, _ = childutils.eventdata(payload + '\n')
    if int(pheaders['expected']):
        return
    note('%(groupname)s:%(processname)s exited unexpectedly from state %(from_state)s' % pheaders)


def on_memory(headers, payload):
    if not headers['eventname'].startswith('TICK'):
        return
    name, limit = sys.argv[3:5]
    info = rpc.supervisor.getProcessInfo(name)
    if info['statename'] == 'RUNNING' and kilobytes(info['pid']) > int(limit):
        restart(name)


def on_http(headers, payload):
    if not headers['eventname'].startswith('TICK'):
        return
    url, name = sys.argv[3:5]
    try:
        urllib.request.urlopen(url, timeout=2).read()
    except OSError:
        restart(name)


handle = {'crash': on_crash, 'memory': on_memory, 'http': on_http}[kind]
while True:
    headers, payload = childutils.listener.wait(sys.stdin, sys.stdout)
    handle(headers, payload)
    childutils.listener.ok(sys.stdout)
