"""A vendor's invoice held against the credit ledger."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.scope import EVERYTHING
from contracts.services.acting import Actor
from contracts.services.currencies import money_text
from kpotracker.toolkit.dbclock import now
from metrics.credits.invoices import lines_of_file
from metrics.credits.reconciling import WORDS, Outcome, invoice_check, invoice_confirm
from metrics.management.output import Column, ReadingCommand, Row, print_rows
from metrics.models import InvoiceCheck

_WHO = Actor("manage.py reconcile")
_COLUMNS = (
    Column("ref", "Line"),
    Column("kpi", "KPI"),
    Column("period", "Period"),
    Column("given_text", "On the invoice", right=True),
    Column("owed_text", "Owed", right=True),
    Column("said", "Outcome", tone="tone"),
    Column("why", "Why"),
)
_KEYS = ("ref", "kpi", "period", "given_minor", "owed_minor", "currency", "outcome", "why")


class Command(ReadingCommand):
    help = (
        "Hold the credit lines of an INVOICE (CSV with line, kpi, period, amount, currency) against "
        "the ledger: what matches, what is missing, more, less, or not known. With --confirm: what "
        "matches stands on the invoice. Exits with 1 where anything differs."
    )
    example = "python manage.py reconcile R-117.csv --contract NW-2024-01 --invoice R-117 --confirm"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="INVOICE", type=Path, help="the CSV file")
        parser.add_argument("--contract", required=True, help="its reference")
        parser.add_argument("--invoice", required=True, help="the number of the invoice")
        parser.add_argument(
            "--day", type=date.fromisoformat, help="the day of the invoice: 2026-04-30; today"
        )
        parser.add_argument(
            "--confirm", action="store_true", help="put what matched on the invoice"
        )

    def read(self, **options: Any) -> None:
        check = _checked(options)
        rows = [_row(each, check.contract.currency) for each in check.found]
        print_rows(rows, columns=_COLUMNS, keys=_KEYS, form=options["format"], out=self.stdout)
        if check.state == InvoiceCheck.State.CONFIRMED:
            self.stderr.write(f"What matched stands on invoice {check.invoice}.")
        differing = sum(row["outcome"] != Outcome.MATCHED for row in rows)
        if differing:
            raise CommandError(f"{differing} of {len(rows)} lines differ.", returncode=1)


def _checked(options: dict[str, Any]) -> InvoiceCheck:
    as_of = now()
    contract = contract_by_reference(options["contract"], scope=EVERYTHING)
    try:
        check = invoice_check(
            contract=contract,
            invoice=options["invoice"],
            invoice_day=options["day"] or as_of.date(),
            lines=lines_of_file(options["file"].read_bytes(), contract),
            scope=EVERYTHING,
            as_of=as_of,
            by=_WHO,
        )
        if options["confirm"] and any(map(_is_matched, check.found)):
            check = invoice_confirm(check_id=check.pk, scope=EVERYTHING, as_of=as_of, by=_WHO)
    except OSError as error:
        raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise CommandError("\n".join(error.messages)) from error
    return check


def _is_matched(found: Row) -> bool:
    return bool(found["outcome"] == Outcome.MATCHED)


def _row(found: Row, currency: str) -> Row:
    return {
        **found,
        "currency": currency,
        "given_text": _text(found["given_minor"], currency),
        "owed_text": _text(found["owed_minor"], currency),
        "said": WORDS[Outcome(found["outcome"])],
        "tone": "good" if _is_matched(found) else "bad",
    }


def _text(minor: int | None, currency: str) -> str:
    return "" if minor is None else money_text(minor, currency)
