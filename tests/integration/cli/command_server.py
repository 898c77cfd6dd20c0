"""The command, loaded once: each line on standard input is an order, done in a process of its own.

Loading it takes seconds, and these tests run it often.
"""

import gc
import json
import os
import pty
import sys
import termios
from contextlib import suppress
from typing import Any

from sigmasight.entrypoints.cli.main import ENTRIES, cli, main


def become(order: dict[str, Any]) -> None:
    """Be the command from here on."""
    os.chdir(order["folder"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor, path in ((1, order["output"]), (2, order["errors"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
    os.environ.clear()
    os.environ.update(order["environment"])
    if order["columns"]:
        show_on_terminal(order["columns"])
    sys.argv = ["sigmasight", *order["arguments"]]
    main()
    sys.exit()


def show_on_terminal(columns: int) -> None:
    """Have a terminal of that width as standard output; what it shows goes to the file instead."""
    process, terminal = pty.fork()
    if not process:
        termios.tcsetwinsize(1, (50, columns))
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        return
    with suppress(OSError):  # the terminal is closed
        while shown := os.read(terminal, 4096):
            os.write(1, shown)
    _, status = os.waitpid(process, 0)
    os._exit(os.waitstatus_to_exitcode(status))


def take_orders() -> None:
    for name in ENTRIES:
        cli.load(name)
    gc.freeze()  # what is loaded needs no collecting when a process ends
    for line in sys.stdin:
        order = json.loads(line)
        process = os.fork()
        if not process:
            become(order)
        _, status = os.waitpid(process, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    take_orders()
