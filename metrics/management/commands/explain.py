"""Why a figure is what it is."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from contracts.selectors.scope import EVERYTHING
from metrics.evaluation.explain import ExplainedRow, Explanation, explain, shown
from metrics.management.output import Column, ReadingCommand, as_json, print_rows
from metrics.models import KpiPeriod, ResultRevision
from metrics.selectors.kpis import kpi_by_code

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
        period = self._period(options["kpi"], options["period"])
        try:
            found = explain(period=period, revision=options["revision"], row_limit=options["rows"])
        except ResultRevision.DoesNotExist as error:
            raise CommandError(str(error)) from error
        if options["format"] == "json":
            self.stdout.write(as_json(_as_dict(found)))
            return
        if options["format"] == "table":
            self.stdout.write(found.text)
            self.stdout.write(f"Rows: {len(found.rows)} of {found.row_total}")
        print_rows(
            [_row(row) for row in found.rows],
            columns=[Column(key, key.replace("_", " ")) for key in _ROW_KEYS],
            keys=_ROW_KEYS,
            form=options["format"],
            out=self.stdout,
            empty="No rows in this period.",
        )

    def _period(self, code: str, label: str) -> KpiPeriod:
        kpi = kpi_by_code(code, scope=EVERYTHING)
        period = KpiPeriod.objects.filter(kpi=kpi, label=label).first()
        if period:
            return period
        labels = list(kpi.periods.order_by("starts_at").values_list("label", flat=True))
        known = f"it has {labels[0]} to {labels[-1]}" if labels else "nothing was measured yet"
        raise CommandError(f"KPI '{code}' has no figure for '{label}': {known}")


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
        "value": found.revision.value_float,
        "value_exact": found.revision.value,
        "unit": found.definition.unit,
        "formula": found.formula,
        "steps": list(found.steps),
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
