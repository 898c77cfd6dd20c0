"""Where the queue of jobs is, for statements that look at it together with our tables."""

from typing import Final

from pgqueuer.domain.settings import DBSettings

from sigmasight.domain.jobs import JobKind

SCHEMA: Final = "jobs"
SETTINGS: Final = DBSettings(db_schema=SCHEMA)


def queued(kind: JobKind, *ids: str) -> str:
    """Return the condition that there is a job about what these columns hold."""
    payload = " || ".join(f"uuid_send({each})" for each in ids)
    return (
        f"EXISTS (SELECT FROM {SETTINGS.qualified.queue_table}"
        f" WHERE entrypoint = '{kind.value}' AND payload = {payload})"
    )
