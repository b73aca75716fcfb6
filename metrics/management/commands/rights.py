"""Rights to terminate: what repeated failure opened, and until when."""

from typing import Any

from django.core.management.base import CommandParser

from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.scope import EVERYTHING
from metrics.management.output import Column, ReadingCommand, print_rows
from metrics.models import TerminationRight
from metrics.rights.reading import rights_list

_KEYS = (
    "state",
    "vendor",
    "contract",
    "clause",
    "why",
    "kpi",
    "period",
    "opened_on",
    "expires_on",
)
_COLUMNS = (
    Column("state_text", "State"),
    Column("vendor", "Vendor"),
    Column("contract", "Contract"),
    Column("clause", "Clause"),
    Column("why", "Why"),
    Column("kpi", "KPI"),
    Column("period", "Last period"),
    Column("opened_on", "Opened on"),
    Column("expires_on", "Lapses after"),
)


class Command(ReadingCommand):
    help = "Print rights to terminate, those that are open first."
    example = "python manage.py rights --contract NW-2026-01 --state open"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--contract", metavar="REFERENCE", help="only this contract's rights")
        parser.add_argument(
            "--state", choices=TerminationRight.State.values, help="only rights in this state"
        )

    def read(self, **options: Any) -> None:
        found = rights_list(EVERYTHING)
        if options["contract"]:
            contract_by_reference(options["contract"], scope=EVERYTHING)
            found = found.filter(contract__reference=options["contract"])
        if options["state"]:
            found = found.filter(state=options["state"])
        print_rows(
            [_row(right) for right in found],
            columns=_COLUMNS,
            keys=_KEYS,
            form=options["format"],
            out=self.stdout,
            empty="No rights to terminate.",
        )


def _row(right: TerminationRight) -> dict[str, Any]:
    return {
        "state": right.state,
        "state_text": right.get_state_display(),
        "vendor": right.contract.vendor.code,
        "contract": right.contract.reference,
        "clause": right.rule.clause or right.rule.code,
        "why": right.rule.get_kind_display(),
        "kpi": right.period.kpi.code if right.period else "",
        "period": right.last_label,
        "opened_on": right.opened_on.isoformat(),
        "expires_on": right.expires_on.isoformat() if right.expires_on else "",
    }
