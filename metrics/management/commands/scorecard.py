"""The scorecard of a vendor or a contract."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser, OutputWrapper

from contracts.models import Vendor
from contracts.selectors.scope import EVERYTHING
from contracts.services.acting import acting_as
from kpotracker.toolkit.dbclock import now
from metrics.management.output import (
    ReadingCommand,
    as_json,
    new_table,
    print_rows,
    print_table,
    span_option,
    toned,
)
from metrics.scorecards.assemble import assemble, latest_span
from metrics.scorecards.cards import Card, FamilyCard, Line
from metrics.scorecards.figures import score_text, share_text
from metrics.scorecards.lookups import vendor_or_contract
from metrics.scorecards.publish import card_to_publish, publish
from metrics.selectors.spans import Span
from metrics.selectors.wording import NOT_MEASURED, family_word

_KEYS = (
    "subject",
    "period",
    "family",
    "family_score",
    "family_coverage",
    "kpi",
    "name",
    "contract",
    "kpi_period",
    "status",
    "phase",
    "value",
    "value_text",
    "target_text",
    "delta_text",
    "attainment",
    "weight",
    "is_breach",
)


class Command(ReadingCommand):
    help = (
        "Print a scorecard: four families apart, each with score, coverage and its KPIs. "
        "With --publish, freeze it as the next edition of its period."
    )
    example = "python manage.py scorecard northwind --period 2026-03"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("subject", metavar="VENDOR_OR_CONTRACT", help="a code or a reference")
        parser.add_argument(
            "--period", help="2026-03, 2026-Q1 or 2026; default: the month of the newest result"
        )
        parser.add_argument(
            "--publish", action="store_true", help="freeze it and share it with the vendor"
        )
        parser.add_argument("--by", metavar="NAME", help="who publishes it (with --publish)")
        parser.add_argument(
            "--reason",
            default="",
            help="why it is published although data is missing or not final (with --publish)",
        )

    def read(self, **options: Any) -> None:
        subject = vendor_or_contract(options["subject"], scope=EVERYTHING)
        whose: dict[str, Any] = {"vendor" if isinstance(subject, Vendor) else "contract": subject}
        span = span_option(options["period"]) or latest_span(**whose)
        if span is None:
            raise CommandError(
                f"{options['subject']!r} has no results yet: ingest its feeds, "
                "or name a period with --period"
            )
        if options["publish"]:
            self._publish(span, whose, options)
            return
        card = assemble(**whose, first_day=span.first_day, last_day=span.last_day)
        _print(card, options["format"], self.stdout)

    def _publish(self, span: Span, whose: dict[str, Any], options: dict[str, Any]) -> None:
        by = (options["by"] or "").strip()
        if not by:
            raise CommandError('say who publishes it: --publish --by "Dana Reyes"')
        card = card_to_publish(span=span, **whose)
        try:
            with acting_as(by):
                done = publish(card=card, by=by, as_of=now(), reason=options["reason"])
        except ValidationError as error:
            raise CommandError(f"{' '.join(error.messages)} Use --reason.") from error
        self.stdout.write(f"{card.subject.name}, {span.words}: edition {done.edition} is published")


def _print(card: Card, form: str, out: OutputWrapper) -> None:
    if form == "json":
        out.write(as_json(_document(card)))
    elif form == "csv":
        print_rows(list(_flat(card)), columns=(), keys=_KEYS, form=form, out=out)
    else:
        _print_tables(card, out)


def _document(card: Card) -> dict[str, Any]:
    return {
        "subject": card.subject.code,
        "kind": card.subject.kind,
        "period": card.span.label,
        "first_day": card.span.first_day,
        "last_day": card.span.last_day,
        "notes": list(card.notes),
        "families": [
            {
                "family": family.family,
                "rated": family.is_rated,
                "score": family.score,
                "coverage": family.coverage,
                "kpis": [_line(line) for line in family.lines],
            }
            for family in card.families
        ],
        "contracts": [
            {"contract": part.reference, "share": part.share, "scores": dict(part.scores)}
            for part in card.contracts
        ],
    }


def _flat(card: Card) -> Iterator[dict[str, Any]]:
    for family in card.families:
        for line in family.lines:
            yield {
                "subject": card.subject.code,
                "period": card.span.label,
                "family": family.family,
                "family_score": family.score,
                "family_coverage": family.coverage,
                **_line(line),
            }


def _line(line: Line) -> dict[str, Any]:
    figure = line.figure
    return {
        "kpi": line.kpi,
        "name": line.name,
        "contract": line.contract,
        "kpi_period": figure.label if figure else None,
        "status": figure.status if figure else "NOT_MEASURED",
        "phase": figure.phase if figure else None,
        "value": figure.value if figure else None,
        "value_text": figure.actual if figure else "",
        "target_text": figure.target if figure else "",
        "delta_text": figure.delta if figure else "",
        "attainment": figure.attainment if figure else None,
        "weight": line.weight,
        "is_breach": figure.is_breach if figure else False,
    }


def _print_tables(card: Card, out: OutputWrapper) -> None:
    out.write(f"{card.subject.name} ({card.subject.code}), {card.span.words}")
    for family in card.families:
        out.write("")
        out.write(_headline(family))
        if family.lines:
            _print_family(family, out)
        for name in family.not_due:
            out.write(f"  not due in this period: {name}")
    for note in card.notes:
        out.write(f"\n{note}")


def _headline(family: FamilyCard) -> str:
    title = family_word(family.family).text
    if not family.is_rated:
        return f"{title}: {family.standing}"
    covered = share_text(family.coverage)
    return f"{title}: {score_text(family.score)}, {covered} of the weight measured"


def _print_family(family: FamilyCard, out: OutputWrapper) -> None:
    table = new_table()
    for heading in ("KPI", "Actual", "Service level", "Difference", "Weight", "Status", "Phase"):
        right = heading in {"Actual", "Difference", "Weight"}
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for line in family.lines:
        figure, word = line.figure, line.figure.word if line.figure else NOT_MEASURED
        table.add_row(
            line.name,
            figure.actual if figure else "–",
            figure.target if figure else "",
            figure.delta if figure else "",
            share_text(line.share) or line.standing,
            toned(f"{word.icon} {word.text}", word.tone),
            figure.phase_word.text if figure else "",
        )
    print_table(table, out)
