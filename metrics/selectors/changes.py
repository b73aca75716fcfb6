"""What changed since somebody followed it last: by the stamps of the tables it depends on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Model, Q

Source = tuple[type[Model], tuple[str, ...]]  # a table, and the ways from a row to its contract


@dataclass(frozen=True, slots=True)
class Due:
    """``contracts`` have something to follow, ``idle`` ones have not; ``until``: the newest stamp
    of anything, up to which every change is visible."""

    contracts: tuple[int, ...]
    idle: tuple[int, ...]
    until: datetime | None


def newest_stamp(sources: Sequence[Source]) -> datetime | None:
    """Stamps come in the order of their commits: what is not visible yet will be later ones."""
    newest = (
        model._default_manager.aggregate(newest=Max("updated_at"))["newest"] for model, _ in sources
    )
    return max(filter(None, newest), default=None)


def contracts_changed(
    sources: Sequence[Source], seen: Mapping[int, datetime | None]
) -> frozenset[int]:
    """Those contracts of ``seen`` for which anything was stamped after the instant up to which
    they were followed; all that never were. One query for each way from a table to its contract."""
    stamps = [at for at in seen.values() if at]
    never = {pk for pk, at in seen.items() if at is None}
    if not stamps:
        return frozenset(never)
    found = _stamps_after(sources, min(stamps))
    return frozenset(never | {pk for pk, at in found if (since := seen.get(pk)) and at > since})


def _stamps_after(sources: Sequence[Source], moment: datetime) -> Iterator[tuple[int, datetime]]:
    """(contract, newest stamp) of each contract that anything was stamped for after ``moment``."""
    for model, paths in sources:
        rows: Any = model._default_manager.filter(updated_at__gt=moment).order_by()
        for path in paths:
            known = rows.filter(~Q(**{path: None})) if path != "pk" else rows
            yield from known.values_list(path).annotate(newest=Max("updated_at"))
