"""Clerk's key set on an HTTP server that comes and goes."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from joserfc.jwk import RSAKey

from tests.support.builders import signing
from tests.support.servers.api_servers import free_port


class KeyServer:
    """Has an address from the start, but listens only while it is up."""

    def __init__(self, *keys: RSAKey) -> None:
        self.keys = keys
        self.fetches = 0
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/.well-known/jwks.json"

    @contextmanager
    def up(self, status: int = 200, *, instead: bytes = b"") -> Iterator[None]:
        """Serve the keys, or something else instead."""
        known = self

        class Keys(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known.fetches += 1
                body = instead or signing.jwks(*known.keys)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", self.port), Keys) as server:
            thread = Thread(target=server.serve_forever, args=[0.05])
            thread.start()
            try:
                yield
            finally:
                server.shutdown()
                thread.join()

    @contextmanager
    def unresponsive(self) -> Iterator[None]:
        """Take connections, and never answer on them."""
        with socket.create_server(("127.0.0.1", self.port)):
            yield
