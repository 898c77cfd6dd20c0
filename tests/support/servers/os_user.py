"""Whom Postgres and its pooler run as: neither does as root."""

import os
from typing import Final

OS_USER: Final = "pgserver" if os.geteuid() == 0 else None
"""The user that the embedded Postgres makes where we are root."""
