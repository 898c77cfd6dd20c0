"""`GET /auth/me` against its floor, loaded by `wrk`."""

import re
import shutil
import subprocess
import sys
from typing import Final

import httpx
from rich.console import Console

from bench.report import rounds, show, verdict
from bench.serving import CALLER, Stage
from sigmasight.entrypoints.local.clerk import named_accounts

TITLE: Final = "GET /auth/me"
SECONDS: Final = 4
CONNECTIONS: Final = 16
TARGET: Final = 0.60


def measure(stage: Stage, console: Console) -> None:
    if not shutil.which("wrk"):
        sys.exit("The load comes from wrk, which is not here. Install it: apt-get install wrk")
    token = stage.clerk.signed_in(named_accounts.ensure_account(stage.clerk.instance, CALLER).id)
    ours = f"{stage.api}/api/v1/auth/me"
    httpx.get(ours, headers={"Authorization": f"Bearer {token}"}).raise_for_status()
    rates = rounds(
        console, TITLE, lambda: (load(f"{stage.floor}/auth/me", token), load(ours, token))
    )
    ratio = show(console, TITLE, rates)
    console.print(f"Median ratio {verdict(ratio, TARGET, '.2f')}")


def load(url: str, token: str) -> float:
    """Return how many requests a second the server answered."""
    wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    report = subprocess.run(  # noqa: S603
        [*wrk, "-H", f"Authorization: Bearer {token}", url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in report:
        sys.exit(f"{url} refused requests:\n{report}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", report)
    if not found:
        sys.exit(f"wrk said nothing of use:\n{report}")
    return float(found[1])
