"""Breach cases: the service level failures and where they stand."""

from typing import Any

from django.core.management.base import CommandParser

from contracts.selectors.lookups import contract_by_reference, vendor_by_code
from contracts.selectors.scope import EVERYTHING
from metrics.management.output import Column, ReadingCommand, print_rows
from metrics.models import BreachCase
from metrics.scorecards.rows import BREACH_KEYS, breach_row
from metrics.selectors.breaches import UNSETTLED, breaches_list

_COLUMNS = (
    Column("state_text", "State", tone="state_tone"),
    Column("severity", "Severity", tone="severity_tone"),
    Column("vendor", "Vendor"),
    Column("contract", "Contract"),
    Column("kpi", "KPI"),
    Column("period", "Period"),
    Column("value_text", "Actual", right=True),
    Column("target_text", "Service level"),
    Column("delta_text", "Difference", right=True),
)


class Command(ReadingCommand):
    help = "Print breach cases, newest first."
    example = "python manage.py breaches --vendor northwind --state open"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--vendor", metavar="CODE", help="only this vendor's cases")
        parser.add_argument("--contract", metavar="REFERENCE", help="only this contract's cases")
        parser.add_argument(
            "--state",
            choices=[UNSETTLED, *BreachCase.State.values],
            help="only cases in this state; 'unsettled' is all that still need work",
        )

    def read(self, **options: Any) -> None:
        if options["vendor"]:
            vendor_by_code(options["vendor"], scope=EVERYTHING)
        if options["contract"]:
            contract_by_reference(options["contract"], scope=EVERYTHING)
        found = breaches_list(
            scope=EVERYTHING,
            vendor=options["vendor"],
            contract=options["contract"],
            state=options["state"],
        )
        print_rows(
            [breach_row(case) for case in found],
            columns=_COLUMNS,
            keys=BREACH_KEYS,
            form=options["format"],
            out=self.stdout,
            empty="No breach cases.",
        )
