"""Results as commands print them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.management.base import OutputWrapper

from metrics.evaluation.outlooks import Running, outlooks_of
from metrics.management.output import Column, print_rows
from metrics.models import KpiPeriod
from metrics.scorecards.outlooks import outlook_shown
from metrics.scorecards.rows import RESULT_KEYS, result_row

_COLUMNS = (
    Column("kpi", "KPI"),
    Column("period", "Period"),
    Column("value_text", "Actual", right=True),
    Column("target_text", "Service level"),
    Column("delta_text", "Difference", right=True),
    Column("status_text", "Status", tone="tone"),
    Column("phase_text", "Phase"),
    Column("default_text", "Why"),
    Column("late_text", "Late rows"),
    Column("outlook_text", "Estimate"),
    Column("contract", "Contract"),
)
_KEYS = (*RESULT_KEYS, "outlook_text")
_RARE = ("default_text", "late_text", "outlook_text")  # shown where some result has one


def print_results(
    heads: Iterable[KpiPeriod], form: str, out: OutputWrapper, as_of: datetime
) -> None:
    """The figure in force of each period, one line each; of running ones also where they head."""
    listed = list(heads)
    outlooks = outlooks_of(listed, as_of)
    rows = [_row(head, outlooks.get(head.pk)) for head in listed]
    print_rows(
        rows,
        columns=[each for each in _COLUMNS if each.key not in _RARE or _is_said(each.key, rows)],
        keys=_KEYS,
        form=form,
        out=out,
        empty="No results: ingest a feed, or ask for another period.",
    )


def _row(head: KpiPeriod, running: Running | None) -> dict[str, Any]:
    late = "after it was final" if head.has_late_rows else ""
    return result_row(head) | {"outlook_text": _said(running), "late_text": late}


def _is_said(key: str, rows: Iterable[Mapping[str, Any]]) -> bool:
    return any(row[key] for row in rows)


def _said(running: Running | None) -> str:
    return outlook_shown(running).short if running else ""
