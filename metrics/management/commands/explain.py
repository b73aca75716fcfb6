"""Why a figure is what it is."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from contracts.selectors.scope import EVERYTHING
from metrics.evaluation.explain import ExplainedRow, Explanation, explain, shown
from metrics.management.output import Column, ReadingCommand, as_json, print_rows
from metrics.models import ResultRevision
from metrics.selectors.kpis import period_by_label
from metrics.selectors.wording import in_words, judged_word

_ROW_KEYS = ("ref", "at", "ends_at", "values", "series", "delivery")


class Command(ReadingCommand):
    help = "Explain the figure of KPI in PERIOD: rows, formula, service level, revisions."
    example = "python manage.py explain nw-forecast-accuracy 2026-03"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("kpi", metavar="KPI")
        parser.add_argument("period", metavar="PERIOD", help="its label, such as 2026-03")
        parser.add_argument("--revision", type=int, metavar="N", help="an earlier revision")
        parser.add_argument("--rows", type=int, default=20, metavar="N", help="rows to print")

    def read(self, **options: Any) -> None:
        period = period_by_label(options["kpi"], options["period"], scope=EVERYTHING)
        try:
            found = explain(period=period, revision=options["revision"], row_limit=options["rows"])
        except ResultRevision.DoesNotExist as error:
            raise CommandError(str(error)) from error
        if options["format"] == "json":
            self.stdout.write(as_json(_as_dict(found)))
            return
        if options["format"] == "table":
            self.stdout.write(in_words(found.text, found.level))
            self.stdout.write(_rows_line(found))
        rows = [_row(row) for row in found.rows]
        print_rows(
            rows,
            columns=[Column(key, key.replace("_", " ")) for key in _told(rows)],
            keys=_ROW_KEYS,
            form=options["format"],
            out=self.stdout,
            empty="No rows in this period.",
        )


def _rows_line(found: Explanation) -> str:
    line = f"Rows: {len(found.rows):,} of {found.row_total:,}"
    if len(found.rows) < found.row_total:
        line += f" (--rows {found.row_total} prints all)"
    if found.period.has_late_rows:
        line += (
            "\nSome arrived after this figure became final: they are kept, and the figure changes "
            "only by a restatement"
        )
    return line


def _told(rows: list[dict[str, Any]]) -> list[str]:
    """The columns in which any row says something."""
    return [key for key in _ROW_KEYS if any(row[key] not in (None, "") for row in rows)]


def _row(row: ExplainedRow) -> dict[str, Any]:
    values = ", ".join(f"{name}={value}" for name, value in row.values.items())
    return {name: getattr(row, name) for name in row.__slots__} | {"values": values}


def _as_dict(found: Explanation) -> dict[str, Any]:
    level = found.level
    return {
        "kpi": found.period.kpi.code,
        "period": found.period.label,
        "phase": found.period.phase,
        "status": found.revision.status,
        "status_text": judged_word(found.revision.status, level).text,
        "value": found.revision.value_float,
        "value_exact": found.revision.value,
        "unit": found.definition.unit,
        "formula": found.formula,
        "steps": [in_words(step, level) for step in found.steps],
        "level": None
        if level is None
        else {
            "phrase": level.phrase,
            "valid_from": level.valid_from,
            "clause": level.clause,
            "amendment": str(level.amendment) if level.amendment else None,
        },
        "revisions": [
            {
                "number": r.number,
                "computed_at": r.computed_at,
                "status": r.status,
                "value": shown(r),
            }
            for r in found.revisions
        ],
        "row_total": found.row_total,
        "rows": [_row(row) for row in found.rows],
    }
