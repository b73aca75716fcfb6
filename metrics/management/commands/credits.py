"""The credit ledger, posting by posting, with the steps of each."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils.timezone import now

from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.scope import EVERYTHING
from metrics.credits.agreed import purse_of
from metrics.credits.estimating import credits_expected
from metrics.credits.explaining import credit_steps
from metrics.management.output import Column, ReadingCommand, print_rows, span_option
from metrics.models import CreditEntry, CreditTerms
from metrics.selectors.credits import amounts_by_currency, entries_list, ledgers_waiting
from metrics.selectors.spans import Span

_COLUMNS = (
    Column("number", "No.", right=True),
    Column("contract", "Contract"),
    Column("kpi", "KPI"),
    Column("first_day", "From"),
    Column("last_day", "To"),
    Column("kind_text", "Kind"),
    Column("amount_text", "Amount", right=True),
    Column("state_text", "State"),
)
_KEYS = (
    *("number", "contract", "kpi", "first_day", "last_day", "kind", "amount_minor", "currency"),
    *("state", "corrects", "posted_at", "steps"),
)


class Command(ReadingCommand):
    help = (
        "Print the credit ledger with the steps of every posting, what is awaited, and with "
        "--contract what provisional failures are expected to give."
    )
    example = "python manage.py credits --contract ASH-SOW-01 --period 2026-Q1"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--contract", metavar="REFERENCE", help="only this contract's ledger")
        parser.add_argument("--period", help="only what a period of service ends in")

    def read(self, **options: Any) -> None:
        reference, span = options["contract"], span_option(options["period"])
        contract = contract_by_reference(reference, scope=EVERYTHING) if reference else None
        found = list(entries_list(scope=EVERYTHING, contract=reference, span=span))
        is_table = options["format"] == "table"
        print_rows(
            [_row(entry) for entry in found],
            columns=_COLUMNS,
            keys=_KEYS,
            form=options["format"],
            out=self.stdout,
            empty="Nothing is posted.",
        )
        if is_table:
            self._steps(found)
            self._waiting(reference)
        if is_table and contract and CreditTerms.objects.filter(contract=contract).exists():
            self._expected(contract.pk, span)

    def _steps(self, found: list[CreditEntry]) -> None:
        for entry in found:
            first, *rest = credit_steps(entry)
            self.stdout.write(f"\n{entry.pk}. {first}")
            self.stdout.write("\n".join(f"   {line}" for line in rest))
        for currency, minor in amounts_by_currency(found).items():
            entry = next(each for each in found if each.currency == currency)
            self.stdout.write(f"\nAltogether {purse_of(entry.contract).says(minor)}")

    def _waiting(self, reference: str | None) -> None:
        for ledger in ledgers_waiting(scope=EVERYTHING):
            if reference in (None, ledger.contract.reference):
                for each in ledger.waiting:
                    what = each["label"] or f"carried into {each['counted_in']}"
                    self.stdout.write(f"\n{ledger.contract.reference} {what}: {each['why']}")

    def _expected(self, contract_id: int, span: Span | None) -> None:
        for each in credits_expected(contract_id=contract_id, as_of=now()):
            if span is None or span.holds(each.period.last_day):
                self.stdout.write(f"\nEstimate, nothing is posted: {each.steps[0]}")
                self.stdout.write("\n".join(f"   {line}" for line in each.steps[1:]))


def _row(entry: CreditEntry) -> dict[str, Any]:
    state = CreditEntry.State(getattr(entry, "state"))  # noqa: B009 - annotated by the selector
    return {
        "number": entry.pk,
        "contract": entry.contract.reference,
        "kpi": entry.kpi_period.kpi.code if entry.kpi_period else "",
        "first_day": entry.first_day,
        "last_day": entry.last_day,
        "kind": entry.kind,
        "kind_text": entry.get_kind_display(),
        "amount_minor": entry.amount_minor,
        "amount_text": purse_of(entry.contract).says(entry.amount_minor),
        "currency": entry.currency,
        "state": state.value,
        "state_text": state.label,
        "corrects": entry.corrects_id,
        "posted_at": entry.posted_at,
        "steps": entry.steps if isinstance(entry.steps, list) else [],
    }
