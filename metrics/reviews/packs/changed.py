"""What became of the figures of a pack after it was frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from metrics.models import KpiPeriod


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that counts today in another revision than the pack shows."""

    kpi: str
    name: str
    label: str
    frozen: int | None
    now: int | None


def changed_since(body: Mapping[str, Any]) -> list[Change]:
    """The figures of the frozen ``body`` that were restated or became known since: one query."""
    shown = [
        (line, figure)
        for contract in body["contracts"]
        for family in contract["families"]
        for line in family["lines"]
        for figure in line["figures"]
    ]
    ids = [figure["period_id"] for _, figure in shown]
    numbers = dict(KpiPeriod.objects.filter(pk__in=ids).values_list("pk", "current__number"))
    return [
        Change(line["kpi"], line["name"], figure["label"], figure["revision"], current)
        for line, figure in shown
        if (current := numbers.get(figure["period_id"])) != figure["revision"]
    ]
