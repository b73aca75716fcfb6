"""The credit note of a contract and a credit period: drafted, issued, written as files."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from contracts.models import Contract
from contracts.selectors.lookups import UnknownCodeError, contract_by_reference
from contracts.selectors.scope import EVERYTHING
from contracts.services.acting import Actor
from kpotracker.toolkit.dbclock import now
from metrics.credits.notefiles import note_csv, note_pdf
from metrics.credits.notes import Body, draft_body, note_draft, note_issue
from metrics.models import CreditNote
from metrics.selectors.spans import Span, SpanError, parse_span

_WHO = "manage.py creditnote"


class Command(BaseCommand):
    help = (
        "Show what the credit note of a CONTRACT and a credit PERIOD says: the newest one that was "
        "issued, or else a draft. With --issue: issue the next one, for good."
    )
    example = "python manage.py creditnote NW-2024-01 2026-03 --issue --pdf note.pdf --csv note.csv"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("contract", metavar="CONTRACT", help="its reference")
        parser.add_argument("period", metavar="PERIOD", help="2026-03 or 2026-Q1")
        parser.add_argument("--issue", action="store_true", help="issue the next note")
        parser.add_argument("--pdf", type=Path, help="write the note as PDF to this file")
        parser.add_argument("--csv", type=Path, help="write its lines as CSV to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        body, digest = _read(options["contract"], options["period"], issue=options["issue"])
        if options["pdf"]:
            options["pdf"].write_bytes(note_pdf(body, digest))
        if options["csv"]:
            options["csv"].write_text(note_csv(body), encoding="utf-8")
        name = body["reference"] or "Draft"
        self.stdout.write(f"{name}: {len(body['lines'])} lines, {body['total']} {body['currency']}")


def _read(reference: str, period: str, *, issue: bool) -> tuple[Body, str]:
    try:
        contract, span = contract_by_reference(reference, scope=EVERYTHING), parse_span(period)
        if issue:
            note = note_issue(
                contract=contract, span=span, scope=EVERYTHING, as_of=now(), by=Actor(_WHO)
            )
            return note.body, note.digest
        return _shown(contract, span)
    except (UnknownCodeError, SpanError) as error:
        raise CommandError(str(error)) from error
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error


def _shown(contract: Contract, span: Span) -> tuple[Body, str]:
    issued = CreditNote.objects.filter(
        contract=contract, first_day__range=(span.first_day, span.last_day)
    )
    if note := issued.order_by("-number").first():
        return note.body, note.digest
    draft = note_draft(contract=contract, span=span, scope=EVERYTHING)
    return draft_body(draft), ""
