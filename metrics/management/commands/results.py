"""The results in force."""

from typing import Any

from django.core.management.base import CommandParser

from contracts.selectors.lookups import contract_by_reference, vendor_by_code
from contracts.selectors.scope import EVERYTHING
from metrics.management.output import Column, ReadingCommand, print_rows, span_option
from metrics.scorecards.rows import RESULT_KEYS, result_row
from metrics.selectors.kpis import kpi_by_code
from metrics.selectors.results import results_list

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


class Command(ReadingCommand):
    help = "Print results: one line per KPI and period, the revision in force."
    example = "python manage.py results --vendor northwind --period 2026-03 --format csv"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--vendor", metavar="CODE", help="only this vendor's KPIs")
        parser.add_argument("--contract", metavar="REFERENCE", help="only this contract's KPIs")
        parser.add_argument("--kpi", metavar="CODE", help="only this KPI")
        parser.add_argument("--period", help="2026-03, 2026-Q1, 2026, 2026-W12 or 2026-03-14")

    def read(self, **options: Any) -> None:
        _check_codes(options)
        found = results_list(
            scope=EVERYTHING,
            vendor=options["vendor"],
            contract=options["contract"],
            kpi=options["kpi"],
            span=span_option(options["period"]),
        )
        print_rows(
            [result_row(head) for head in found],
            columns=_COLUMNS,
            keys=RESULT_KEYS,
            form=options["format"],
            out=self.stdout,
            empty="No results: ingest a feed, or ask for another period.",
        )


def _check_codes(options: dict[str, Any]) -> None:
    """Raises UnknownCodeError for the first code that names nothing."""
    if options["vendor"]:
        vendor_by_code(options["vendor"], scope=EVERYTHING)
    if options["contract"]:
        contract_by_reference(options["contract"], scope=EVERYTHING)
    if options["kpi"]:
        kpi_by_code(options["kpi"], scope=EVERYTHING)
