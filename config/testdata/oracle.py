"""Load configurations with the real Supervisor and tell what it made of them.

Standard input: JSON, a list of paths. Standard output: JSON, for each path
either {"error": the first line of what supervisord would say} or
{"expect": what it understood}, in the shape of the corpus; with the argument
"client", what supervisorctl makes of them.
"""
import json
import os
import shlex
import signal
import socket
import sys
import warnings

warnings.simplefilter('ignore')
from supervisor import options as so
from supervisor.datatypes import Automatic, RestartWhenExitUnexpected, RestartUnconditionally
from supervisor.loggers import getLevelNumByDescription


class Refused(Exception):
    pass


class Options(so.ServerOptions):
    def usage(self, msg):
        raise Refused(str(msg))


def mode(number):
    return None if number is None else '%03o' % number


def log(value):
    return 'AUTO' if value is Automatic else value or None  # '' is no log either


def signal_name(number):
    try:
        return signal.Signals(number).name[3:]
    except ValueError:
        return 'signal %d' % number


def argv(command):
    try:
        words = shlex.split(command)
    except ValueError as why:
        return {'argv': None, 'argv_error': "can't parse command %r: %s" % (command, why)}
    if not words:
        return {'argv': [], 'argv_error': 'command is empty'}
    return {'argv': words}


def process(p):
    out = dict((name, getattr(p, name)) for name in (
        'name', 'command', 'directory', 'priority', 'autostart', 'startsecs', 'startretries',
        'stopwaitsecs', 'stopasgroup', 'killasgroup', 'exitcodes', 'uid', 'redirect_stderr',
        'environment', 'serverurl'))
    restart = {RestartWhenExitUnexpected: 'unexpected', RestartUnconditionally: 'true', False: 'false'}
    out.update(umask=mode(p.umask), stopsignal=signal_name(p.stopsignal), autorestart=restart[p.autorestart])
    out.update(argv(p.command))
    for channel in ('stdout', 'stderr'):
        out[channel + '_logfile'] = log(getattr(p, channel + '_logfile'))
        for name in ('logfile_maxbytes', 'logfile_backups', 'capture_maxbytes', 'events_enabled', 'syslog'):
            out['%s_%s' % (channel, name)] = getattr(p, '%s_%s' % (channel, name))
    return out


def group(g):
    out = {'name': g.name, 'priority': g.priority, 'kind': 'group', 'processes': [process(p) for p in g.process_configs]}
    if isinstance(g, so.EventListenerPoolConfig):
        from supervisor import events
        out.update(kind='eventlistener', buffer_size=g.buffer_size,
                   events=sorted(events.getEventNameByType(e) for e in g.pool_events))
    elif isinstance(g, so.FastCGIGroupConfig):
        out.update(kind='fcgi-program', socket=g.socket_config.url)
    return out


def server(s):
    out = {'section': s['section'], 'username': s['username'], 'password': s['password']}
    if s['family'] == socket.AF_UNIX:
        out.update(family='unix', file=s['file'], chmod=mode(s['chmod']), chown=list(s['chown']))
    else:
        out.update(family='inet', host=s['host'], port=s['port'])
    return out


def understood(o):
    level = [word for word in ('critical', 'error', 'warn', 'info', 'debug', 'trace', 'blather')
             if getLevelNumByDescription(word) == o.loglevel][0]
    daemon = dict((name, getattr(o, name)) for name in (
        'logfile', 'logfile_maxbytes', 'logfile_backups', 'pidfile', 'identifier', 'childlogdir',
        'directory', 'minfds', 'minprocs', 'user'))
    for name in ('nodaemon', 'nocleanup', 'strip_ansi', 'silent'):
        daemon[name] = bool(getattr(o, name))
    daemon.update(loglevel=level, umask=mode(o.umask), environment=o.configroot.supervisord.environment)
    return {
        'supervisord': daemon,
        'servers': [server(s) for s in o.server_configs],
        'serverurl': o.serverurl,
        'rpcinterfaces': [{'name': name, 'options': extras} for name, factory, extras in o.rpcinterface_factories],
        'warnings': o.parse_warnings,
        'groups': [group(g) for g in o.process_group_configs],
    }


def load(path):
    o = Options()
    try:
        o.realize(args=['-c', path], doc='', progname='supervisord')
        return {'expect': understood(o)}
    except Refused as why:
        return {'error': str(why).split('\n')[0]}
    finally:
        o.poller.close()


class ClientOptions(so.ClientOptions):
    def usage(self, msg):
        raise Refused(str(msg))


def load_client(path):
    o = ClientOptions()
    try:
        o.realize(args=['-c', path], doc='', progname='supervisorctl')
    except Refused as why:
        return {'error': str(why).split('\n')[0]}
    return {'expect': dict((name, getattr(o, name) or '') for name in (
        'serverurl', 'username', 'password', 'prompt', 'history_file'))}


function = load_client if sys.argv[1:] == ['client'] else load
json.dump([function(path) for path in json.load(sys.stdin)], sys.stdout)
