"""The results in force."""

from typing import Any

from django.core.management.base import CommandParser

from contracts.selectors.lookups import contract_by_reference, vendor_by_code
from contracts.selectors.scope import EVERYTHING
from metrics.management.output import ReadingCommand, span_option
from metrics.management.results import print_results
from metrics.selectors.kpis import kpi_by_code
from metrics.selectors.results import results_list


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
        print_results(found, options["format"], self.stdout)


def _check_codes(options: dict[str, Any]) -> None:
    """Raises UnknownCodeError for the first code that names nothing."""
    if options["vendor"]:
        vendor_by_code(options["vendor"], scope=EVERYTHING)
    if options["contract"]:
        contract_by_reference(options["contract"], scope=EVERYTHING)
    if options["kpi"]:
        kpi_by_code(options["kpi"], scope=EVERYTHING)
