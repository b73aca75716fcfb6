"""How long one statement of a request may run in PostgreSQL; SQLite knows no such limit."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import DatabaseError, OperationalError, connection

RETRY_AFTER_S = 10
_CANCELED = "57014"


@contextmanager
def statement_timeout(seconds: int) -> Iterator[None]:
    """PostgreSQL ends each statement within after ``seconds``, waiting for locks included; 0 is no
    limit. What it ends raises OperationalError."""
    if not seconds or connection.vendor != "postgresql":
        yield
        return
    _say(f"SET statement_timeout = {int(seconds) * 1000}")
    try:
        yield
    finally:
        _say("RESET statement_timeout")


def is_timeout(error: BaseException) -> bool:
    """Whether PostgreSQL ended a statement that ran too long."""
    return (
        isinstance(error, OperationalError)
        and getattr(error.__cause__, "sqlstate", "") == _CANCELED
    )


def _say(statement: str) -> None:
    """Failures are left to the statements of the request, which meet them too and are answered."""
    with suppress(DatabaseError):
        connection.ensure_connection()
        driver: Any = connection.connection
        with connection.wrap_database_errors:
            driver.execute(statement)
