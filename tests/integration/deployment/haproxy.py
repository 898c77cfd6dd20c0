"""The HAProxy of `deploy`, before servers of a test."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.servers.api_servers import Server, free_port
from tests.support.servers.debian import find_program

CONFIGURATION: Final = Path(__file__).parents[3] / "deploy" / "haproxy" / "haproxy.cfg"
ADDRESSES: Final = ("127.0.0.1:8001", "127.0.0.1:8002")


@contextmanager
def haproxy_before(servers: Sequence[Server], folder: Path) -> Iterator[str]:
    """Run HAProxy before these servers, and yield its address."""
    text, port = CONFIGURATION.read_text(), free_port()
    assert text.count("127.0.0.1:") == 1 + len(servers)
    for address, server in zip(ADDRESSES, servers, strict=True):
        text = text.replace(address, f"127.0.0.1:{server.port}")
    file = folder / "haproxy.cfg"
    file.write_text(text.replace("127.0.0.1:8080", f"127.0.0.1:{port}"))
    command = [find_program("haproxy"), "-f", str(file)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
