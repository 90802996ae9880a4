"""Writes and reads XML-RPC with Python's own codec, for python_test.go.

Each line of stdin is a JSON object, each line of stdout the answer to it:
  {"op": "write", "value": TREE}  the document that xmlrpc.client writes
  {"op": "read", "body": TEXT}    the TREE that xmlrpc.client reads
  {"op": "serve", "body": TEXT}   the TREE [method, params] that Supervisor's
                                  server reads
A TREE is ["kind", content]. A document that is refused gives {"error": ...}.
"""
import base64
import datetime
import json
import sys
import xmlrpc.client


def build(tree):
    kind, content = tree
    if kind == "array":
        return [build(item) for item in content]
    if kind == "struct":
        return {name: build(item) for name, item in content}
    if kind == "bytes":
        return xmlrpc.client.Binary(base64.b64decode(content))
    if kind == "time":
        return xmlrpc.client.DateTime(content)
    if kind == "int":
        return int(content)
    if kind == "double":
        return float(content)
    return content


def tree(value):
    if value is None:
        return ["nil", None]
    if isinstance(value, bool):
        return ["bool", value]
    if isinstance(value, int):
        return ["int", str(value)]
    if isinstance(value, float):
        return ["double", repr(value)]
    if isinstance(value, str):
        return ["string", value]
    if isinstance(value, (list, tuple)):
        return ["array", [tree(item) for item in value]]
    if isinstance(value, dict):
        return ["struct", [[name, tree(item)] for name, item in value.items()]]
    if isinstance(value, xmlrpc.client.Binary):
        return ["bytes", base64.b64encode(value.data).decode("ascii")]
    if isinstance(value, xmlrpc.client.DateTime):
        return ["time", value.value]
    if isinstance(value, datetime.datetime):
        return ["time", value.strftime("%Y%m%dT%H:%M:%S")]
    raise TypeError(type(value))


def serve(body):
    from supervisor.xmlrpc import supervisor_xmlrpc_handler as handler
    params, method = handler.loads(handler.__new__(handler), body)
    return tree([method, params or ()])


def answer(ask):
    if ask["op"] == "write":
        value = build(ask["value"])
        return xmlrpc.client.dumps((value,), methodresponse=True, allow_none=True)
    if ask["op"] == "serve":
        return serve(ask["body"])
    params, _ = xmlrpc.client.loads(ask["body"])
    return tree(params[0])


for line in sys.stdin:
    try:
        reply = {"ok": answer(json.loads(line))}
    except Exception as error:
        reply = {"error": "%s: %s" % (type(error).__name__, error)}
    print(json.dumps(reply), flush=True)
