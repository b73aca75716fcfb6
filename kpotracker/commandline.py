"""Runs a management command and says in one sentence what the environment lacks."""

import os
import sys
from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError, ProgrammingError, connection
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisError

from kpotracker.environment import masked

_READER_LEFT = 128 + 13  # what a shell shows for SIGPIPE
_UNDEFINED_TABLE, _UNDEFINED_COLUMN = "42P01", "42703"


def run(argv: Sequence[str]) -> int:
    """The exit code of the command in ``argv``: 1 with a sentence on stderr for a wrong set-up."""
    try:
        _ = settings.INSTALLED_APPS  # `help` alone would hide what is wrong with the settings
        execute_from_command_line(list(argv))
        sys.stdout.flush()
    except ImproperlyConfigured as error:
        return _refuse(str(error))
    except (OperationalError, ProgrammingError) as error:
        if isinstance(error, ProgrammingError) and not _is_unmigrated(error):
            raise
        return _refuse(_database_trouble(error))
    except (BrokerError, RedisError) as error:
        return _refuse(
            f"REDIS_URL {masked(settings.REDIS_URL)!r} cannot be reached ({_line(error)}): "
            "start Redis, correct the variable, or unset it to work without Redis."
        )
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _READER_LEFT
    return 0


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _is_unmigrated(error: Exception) -> bool:
    if getattr(error.__cause__, "sqlstate", "") in {_UNDEFINED_TABLE, _UNDEFINED_COLUMN}:
        return True
    return _line(error).startswith(("no such table", "no such column"))


def _database_trouble(error: Exception) -> str:
    where = f"DATABASE_URL {masked(settings.DATABASE_URL)!r}"
    if _is_unmigrated(error):
        return f"{where} has not been migrated ({_line(error)}): run `manage.py migrate`."
    if connection.vendor == "sqlite":
        return f"{where} cannot be used ({_line(error)}): check its path, permissions and space."
    return f"{where} cannot be reached ({_line(error)}): start PostgreSQL, or correct it."
