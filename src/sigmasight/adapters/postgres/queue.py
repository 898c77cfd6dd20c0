"""The job queue's tables, for statements that read them together with ours."""

from typing import Any, Final

from pgqueuer.domain.settings import DBSettings
from sqlalchemy import ColumnElement, LargeBinary, column, exists, func, table, type_coerce

from sigmasight.domain.jobs import JobKind

SCHEMA: Final = "jobs"
SETTINGS: Final = DBSettings(db_schema=SCHEMA)
JOBS: Final = table(
    SETTINGS.queue_table, column("entrypoint"), column("payload", LargeBinary), schema=SCHEMA
)


def queued(kind: JobKind, user_id: Any, id_: Any) -> ColumnElement[bool]:
    """Return the condition that the queue has a job with these columns as its arguments."""
    payload = func.uuid_send(user_id).op("||")(func.uuid_send(id_))
    return exists().where(
        JOBS.c.entrypoint == kind.value, JOBS.c.payload == type_coerce(payload, LargeBinary)
    )
