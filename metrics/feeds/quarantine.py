"""Rows that did not fit, kept with their place, the rule and the way out."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import Count, Min

from metrics.models import Ingestion, QuarantinedRow

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class RejectGroup:
    """The same error × ``rows``; ``first_line`` and ``value`` show one of them."""

    rule: str
    column: str
    rows: int
    first_line: int
    value: str
    message: str
    hint: str


def rejects_record(*, ingestion: Ingestion, path: Path) -> None:
    """Store the quarantined rows the reader wrote to ``path``."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        QuarantinedRow.objects.bulk_create(_rows(ingestion, lines), batch_size=_BATCH)
    path.unlink()


def reject_groups(ingestion: Ingestion) -> list[RejectGroup]:
    """Quarantined rows grouped as the same error × N, the most frequent first."""
    groups = (
        ingestion.rejects.order_by()
        .values("rule", "column")
        .annotate(rows=Count("pk"), first_line=Min("line"))
        .order_by("-rows", "first_line")
    )
    lines = [group["first_line"] for group in groups]
    samples = {row.line: row for row in ingestion.rejects.filter(line__in=lines)}
    return [
        RejectGroup(
            **group,
            value=samples[group["first_line"]].value,
            message=samples[group["first_line"]].message,
            hint=samples[group["first_line"]].hint,
        )
        for group in groups
    ]


def _rows(ingestion: Ingestion, lines: Iterator[str]) -> Iterator[QuarantinedRow]:
    for line in lines:
        entry = storable(json.loads(line))
        yield QuarantinedRow(
            ingestion=ingestion,
            line=entry["line"],
            column=(entry.get("column") or "")[:200],
            value=(entry.get("value") or "")[:200],
            rule=(entry.get("rule") or "")[:60],
            message=entry.get("message") or "",
            hint=entry.get("hint") or "",
        )


def storable(said: dict[str, Any]) -> dict[str, Any]:
    """What a reader said about bytes it was sent, without what no database takes as text."""
    return {name: _text(value) if isinstance(value, str) else value for name, value in said.items()}


def _text(text: str) -> str:
    visible = text.replace("\x00", "␀")  # PostgreSQL text holds no NUL
    return visible.encode("utf-8", "replace").decode()  # and nobody's holds half a character
