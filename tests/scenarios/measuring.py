"""One period's figures by any measure: a portfolio file, one file of rows, and time that passes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from metrics.evaluation.sweeping import sweep
from metrics.models import Feed, Kpi, KpiPeriod
from metrics.portfolio import apply
from metrics.portfolio.exporting.writing import sections_text
from tests.feeds.arriving import load

BEGIN = date(2026, 1, 1)
EARLY = datetime(2026, 1, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
NOTHING = "n/a"


def a_contract(**stated: Any) -> dict[str, Any]:
    return {
        "reference": "AC-1",
        "title": "Claims review",
        "vendor": "acme",
        "kind": "statement_of_work",
        "zone": "UTC",
        "currency": "EUR",
        "pricing": "per_outcome",
        "first_day": BEGIN,
        "last_day": date(2027, 12, 31),
    } | stated


def a_kpi(code: str, measure: str, **stated: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": code,
        "contract": "AC-1",
        "family": "outcome",
        "direction": "higher",
        "time": "finished",
        "decimals": 2,
        "measure": measure,
        "unit": "ratio",
        "period": "quarter",
    } | stated


def a_feed(*targets: Mapping[str, Any]) -> dict[str, Any]:
    """Rows of the columns that the targets name, called by their number."""
    return {
        "code": "rows",
        "name": "Rows",
        "vendor": "acme",
        "zone": "UTC",
        "missing": [NOTHING],
        "identity": ["number"],
        "times": {"finished": {"column": "day", "format": "iso"}},
        "targets": list(targets),
    }


def applied(folder: Path, *, as_of: datetime = EARLY, **sections: Any) -> None:
    file = folder / "portfolio.yaml"
    vendors = [{"code": "acme", "name": "Acme"}]
    file.write_text(sections_text({"vendors": vendors, **sections}), encoding="utf-8")
    apply(paths=[file], as_of=as_of)


def delivered(rows: Sequence[Mapping[str, object]], columns: str, **options: Any) -> None:
    """One row a day, in turn in January, February and March."""
    lines = [
        ",".join([str(n), f"2026-0{n % 3 + 1}-{n // 3 % 28 + 1:02}", *map(str, row.values())])
        for n, row in enumerate(rows)
    ]
    content = "\n".join([f"number,day,{columns}", *lines]) + "\n"
    load(Feed.objects.get(code="rows"), content, at=APRIL, **options)


def quarter(code: str) -> KpiPeriod:
    """The first quarter's head, once it is over."""
    sweep(as_of=APRIL)
    heads = KpiPeriod.objects.select_related("current")
    return heads.get(kpi=Kpi.objects.get(code=code), first_day=BEGIN)
