# Python's own client; over a unix socket with the transport of Supervisor.
import json
import sys
import xmlrpc.client

url = sys.argv[1]


def connect():
    if not url.startswith('unix:'):
        return xmlrpc.client.ServerProxy(url)
    from supervisor.xmlrpc import SupervisorTransport
    return xmlrpc.client.ServerProxy('http://127.0.0.1', transport=SupervisorTransport('user', 'secret', url))


server = connect()
for line in sys.stdin:
    method, *params = json.loads(line)
    try:
        answer = {'value': getattr(server, method)(*params)}
    except xmlrpc.client.Fault as fault:
        answer = {'fault': [fault.faultCode, fault.faultString]}
    except Exception as error:
        server = connect()  # Supervisor's transport does not mend a broken connection
        answer = {'error': '%s: %s' % (type(error).__name__, str(error).replace(url, ''))}
    print(json.dumps(answer), flush=True)
