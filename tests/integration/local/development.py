"""`sigmasight dev` in a folder of its own, driven as a person at a terminal would."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import pytest

from tests.support.pages import requests_of
from tests.support.servers.api_servers import free_port

SIGMASIGHT: Final = Path(sys.executable).with_name("sigmasight")
PRELUDE: Final = """
API=http://127.0.0.1:8000/api/v1
token() { curl -s http://127.0.0.1:8001/tokens/cleo; }
echo 'Ticker,Units' > table.csv
"""
"""What pages take for granted that do not begin with it."""
TRIES: Final = 600
PAUSE: Final = 0.1


def sigmasight(*arguments: str, cwd: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end, with nothing of this process's settings."""
    return subprocess.run(  # noqa: S603
        [SIGMASIGHT, *arguments],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@dataclass
class Development:
    """A run of `sigmasight dev`."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    clerk_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.output = self.folder / f"dev-{self.port}.log"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603
                [SIGMASIGHT, "dev", *self.ports],
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], **self.settings},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_it_says("Ctrl-C stops everything")

    @property
    def ports(self) -> tuple[str, ...]:
        return ("--port", str(self.port), "--clerk-port", str(self.clerk_port))

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def clerk(self) -> str:
        return f"http://127.0.0.1:{self.clerk_port}"

    def printed(self) -> str:
        return self.output.read_text()

    def me(self, name: str) -> dict[str, object]:
        return self.ask(name, "/auth/me")

    def ask(self, name: str, path: str, method: str = "GET") -> dict[str, Any]:
        """Send a request as one of the demo users."""
        return dict(self._answer(name, path, method))

    def list_of(self, name: str, path: str) -> list[Any]:
        """Read a bare array as one of the demo users."""
        return list(self._answer(name, path, "GET"))

    def _answer(self, name: str, path: str, method: str) -> Any:
        token = httpx.get(f"{self.clerk}/tokens/{name}").text
        answer = httpx.request(
            method, f"{self.api}/api/v1{path}", headers={"Authorization": f"Bearer {token}"}
        )
        return answer.raise_for_status().json()

    def post(self, name: str, path: str) -> dict[str, Any]:
        """Send a POST as one of the demo users."""
        return self.ask(name, path, "POST")

    def leave(self, how: signal.Signals) -> int:
        """End the run with a signal and return its exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout=30)

    def stop(self) -> None:
        """End the run, however it does, if it has not ended."""
        if self.process.poll() is None:
            self.leave(signal.SIGINT)

    def left_behind(self) -> list[str]:
        """Return the processes that still work in the folder."""
        return [
            process.info["name"]
            for process in psutil.process_iter(["name", "cmdline"])
            if str(self.folder) in " ".join(process.info["cmdline"] or ())
        ]

    def pasted(self) -> "subprocess.CompletedProcess[str]":
        """Run the `curl` line it printed, as it stands."""
        found = re.search(r"^curl .*$", self.printed(), re.MULTILINE)
        assert found, self.printed()
        return subprocess.run(  # noqa: S602
            found[0], shell=True, capture_output=True, text=True, check=False, timeout=30
        )

    def pasted_page(self, page: Path) -> "subprocess.CompletedProcess[str]":
        """Paste a page's requests into a shell, one after another, for this run's ports."""
        script = (PRELUDE + requests_of(page)).replace("http://127.0.0.1:8000", self.api)
        for clerk in ("http://127.0.0.1:8001", "https://$CLERK_DOMAIN"):
            script = script.replace(clerk, self.clerk)
        return subprocess.run(
            ["bash"],  # noqa: S607  whichever the reader has
            cwd=self.folder,
            env={**os.environ, "TMPDIR": str(self.folder)},
            input=script,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def _wait_until_it_says(self, words: str) -> None:
        for _ in range(TRIES):
            if words in self.printed():
                return
            if self.process.poll() is not None:
                break
            time.sleep(PAUSE)
        pytest.fail(f"`sigmasight dev` did not come up:\n{self.printed()}")
