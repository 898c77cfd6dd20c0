"""Programs of Debian that tests and measurements run."""

import os
import shutil


def find_program(name: str) -> str:
    """Return where a program is, in an administrator's folders, too."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, f"Install it first: sudo apt-get install {name}"
    return found
