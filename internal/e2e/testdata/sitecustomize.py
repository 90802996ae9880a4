"""Makes uvicorn keep a record of the connections that it has taken: pid and port of the peer, a line each."""
import importlib
import os

record = os.open(os.environ["TAKEN"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def recording(connection_made):
    def made(self, transport):
        peer = transport.get_extra_info("peername")
        os.write(record, b"%d %d\n" % (os.getpid(), peer[1]))
        connection_made(self, transport)

    return made


for module, name in ("h11_impl", "H11Protocol"), ("httptools_impl", "HttpToolsProtocol"):
    try:
        protocol = getattr(importlib.import_module("uvicorn.protocols.http." + module), name)
    except ImportError:
        continue
    protocol.connection_made = recording(protocol.connection_made)
