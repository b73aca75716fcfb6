"""Starting the demonstration over: only on SQLite, only inside the data directory."""

import shutil
from pathlib import Path

from django.conf import settings
from django.db import connection


class NotOurs(Exception):
    """The data belongs to somebody else; the message says what to do instead."""


def forget() -> None:
    """Delete the embedded database, the stored files and the demonstration's own folder.

    Raises NotOurs for a database outside the data directory: it is not deleted by a demonstration.
    """
    database = embedded_database()
    connection.close()
    for suffix in ("", "-wal", "-shm", "-journal"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    for folder in (Path(settings.MEDIA_ROOT), Path(settings.DATA_DIR) / "demo"):
        shutil.rmtree(folder, ignore_errors=True)


def embedded_database() -> Path:
    """The file of the embedded database. Raises NotOurs when there is none."""
    if connection.vendor != "sqlite":
        raise NotOurs("--fresh deletes only the embedded database: drop this one yourself")
    database = Path(str(connection.settings_dict["NAME"])).absolute()
    if not database.is_relative_to(Path(settings.DATA_DIR).absolute()):
        raise NotOurs(
            f"--fresh leaves {database} alone, it is outside DATA_DIR: delete it yourself"
        )
    return database
