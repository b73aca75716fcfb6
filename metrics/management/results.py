"""Results as commands print them."""

from collections.abc import Iterable

from django.core.management.base import OutputWrapper

from metrics.management.output import Column, print_rows
from metrics.models import KpiPeriod
from metrics.scorecards.rows import RESULT_KEYS, result_row

_COLUMNS = (
    Column("kpi", "KPI"),
    Column("period", "Period"),
    Column("value_text", "Actual", right=True),
    Column("target_text", "Service level"),
    Column("delta_text", "Difference", right=True),
    Column("status_text", "Status", tone="tone"),
    Column("phase_text", "Phase"),
    Column("contract", "Contract"),
)


def print_results(heads: Iterable[KpiPeriod], form: str, out: OutputWrapper) -> None:
    """The figure in force of each period, one line each."""
    print_rows(
        [result_row(head) for head in heads],
        columns=_COLUMNS,
        keys=RESULT_KEYS,
        form=form,
        out=out,
        empty="No results: ingest a feed, or ask for another period.",
    )
