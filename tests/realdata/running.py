"""The product as a person runs it: portfolio files in, deliveries in, figures out."""

import json
from collections.abc import Mapping
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from metrics.models import KpiPeriod, ResultRevision

PORTFOLIOS = Path(__file__).parent / "portfolios"


class _WrittenOut(yaml.SafeDumper):
    """Writes every value out, as portfolio files have no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def data_at(shared: Path) -> Path:
    """The folder of public data, or a visible skip."""
    path = shared / "data"
    if not path.is_dir():
        pytest.skip("../shared/data is not beside this checkout: real figures are not reproduced")
    return path


def portfolio(name: str) -> dict[str, Any]:
    """A hand-written portfolio as plain values, for a test that adds to it."""
    content: dict[str, Any] = yaml.safe_load((PORTFOLIOS / name).read_text())
    return content


def apply(content: Mapping[str, Any], folder: Path) -> None:
    """`manage.py apply` of a file with this content."""
    path = folder / "portfolio.yaml"
    path.write_text(yaml.dump(dict(content), Dumper=_WrittenOut, sort_keys=False))
    printed("apply", str(path))


def ingest(feed: str, path: Path, *options: str) -> dict[str, Any]:
    """`manage.py ingest`; the counts that it prints."""
    found: dict[str, Any] = json.loads(
        printed("ingest", feed, str(path), "--format", "json", *options)
    )
    return found


def verify() -> list[dict[str, str]]:
    """The differences that `manage.py verify` finds; it exits with 1 where there are any."""
    out, code = StringIO(), 0
    try:
        call_command("verify", "--format", "json", stdout=out, stderr=StringIO())
    except SystemExit as ended:
        code = int(ended.code or 0)
    found: list[dict[str, str]] = json.loads(out.getvalue())
    assert code == bool(found)
    return found


def printed(*args: str) -> str:
    """What a command prints."""
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def figures(kpi: str) -> dict[str, ResultRevision]:
    """The figures in force of a KPI by the label of their period; periods without rows apart."""
    heads = KpiPeriod.objects.filter(kpi__code=kpi, current__rows__gt=0).select_related("current")
    return {head.label: head.current for head in heads if head.current}


def figure(kpi: str) -> ResultRevision:
    """The figure of a KPI that has rows in one period only."""
    (found,) = figures(kpi).values()
    return found


def parts(revision: ResultRevision) -> tuple[int, int]:
    """Numerator and denominator of a figure in whole items."""
    top, bottom = Fraction(revision.numerator), Fraction(revision.denominator)
    assert top.denominator == bottom.denominator == 1
    return top.numerator, bottom.numerator


def value(revision: ResultRevision) -> float:
    """The exact value of a figure, as the nearest float."""
    return float(Fraction(revision.value))


def pooled(kpi: str) -> tuple[int, int]:
    """Numerators and denominators of all periods of a KPI, added up."""
    found = [parts(revision) for revision in figures(kpi).values()]
    return sum(top for top, _ in found), sum(bottom for _, bottom in found)
