"""`updated_at` in commit order, so that an incremental reader never misses a row.

A row that is stamped when it is written but committed later than its neighbours would be
older than a cursor that already passed it. Every writing transaction therefore stamps its
rows in its last statement, behind one transaction lock, with the database's clock.
"""

import time
from collections.abc import Iterable
from typing import Any

from django.db import connection, models

from kpotracker.toolkit.dbclock import clock

_STAMP_LOCK = 7_305_001
_TICK_S = 0.001  # what SQLite's clock can tell apart
_SLICE = 900  # below SQLite's bound on variables in its oldest supported builds


def stamp(model: type[models.Model], pks: Iterable[Any]) -> None:
    """Set ``updated_at`` of these rows; call it last in the transaction that wrote them."""
    keys = sorted(set(pks))
    if not keys:
        return
    _take_stamp_lock()
    for first in range(0, len(keys), _SLICE):
        rows = model._default_manager.filter(pk__in=keys[first : first + _SLICE])
        rows.update(updated_at=clock())


def _take_stamp_lock() -> None:
    """Wait until every earlier stamp is committed and lies in the past of the clock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_STAMP_LOCK])
    else:  # SQLite writes one transaction at a time anyway, but two within a millisecond
        time.sleep(_TICK_S)
