"""A client of the daemon's /api/v1 that needs the standard library only."""

import http.client
import json
import os
import socket
import urllib.parse


class Unix(http.client.HTTPConnection):
    """HTTP over the daemon's unix socket."""

    def __init__(self, path: str):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def connect() -> http.client.HTTPConnection:
    """The daemon that has started us, as it tells its children."""
    url = os.environ["SUPERVISOR_SERVER_URL"]
    if url.startswith("unix://"):
        return Unix(url[len("unix://"):])
    at = urllib.parse.urlsplit(url)
    return http.client.HTTPConnection(at.hostname, at.port, timeout=10)


def call(method: str, path: str, body: object = None) -> object:
    """One request; a refusal is an exception with the daemon's words."""
    connection = connect()
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, "/api/v1" + path, text, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        data = answer.read()
    finally:
        connection.close()
    decoded = json.loads(data) if data else None
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {decoded.get('detail') or decoded.get('title')}")
    return decoded


def declare(id: str, **options: object) -> object:
    """Make the job be as the options say: those of a [job:x] section. Called at
    every start by every worker, it changes nothing while they are the same."""
    return call("PUT", "/jobs/" + urllib.parse.quote(id, safe=""), options)
