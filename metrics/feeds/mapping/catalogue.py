"""What the mapping must know of a KPI, as plain values that fit a JSON job."""

from collections.abc import Mapping as Lookup
from dataclasses import dataclass, field
from typing import Any, Literal

Stored = Literal["a", "b", "value", "at", "ends_at", "series"]
OPTIONAL = frozenset({"series", "weight", "ends"})
AWAITED = frozenset({"actual"})  # a forecast waits for it: empty is not known yet, never 0


@dataclass(frozen=True)
class KpiSpec:
    """A KPI as the mapping sees it.

    `roles` maps each role of the measure to where it is stored (a, b, value, ends_at, series).
    `required` are the alternative sets of roles a row may give; without them every role but the
    optional ones is required. `scale` is the power of ten that a, b and value are stored with;
    `from` and `to` are stored as UTC microseconds. `share` demands 0 <= good <= valid per row.
    `not_before_us` and `not_after_us` bound the row's time; None is no bound.
    """

    id: int
    scale: int = 0
    time: str = "finished"
    roles: Lookup[str, str] = field(default_factory=dict)
    required: tuple[frozenset[str], ...] = ()
    share: bool = False
    not_before_us: int | None = None
    not_after_us: int | None = None

    @property
    def alternatives(self) -> tuple[frozenset[str], ...]:
        return self.required or (frozenset(self.roles) - OPTIONAL,)

    @property
    def kind(self) -> object:
        """Equal for KPIs that differ in their id alone: their rows are checked and stored alike."""
        roles = tuple(sorted(self.roles.items()))
        bounds = (self.not_before_us, self.not_after_us)
        return self.scale, self.time, roles, self.required, self.share, bounds

    def accepts(self, given: frozenset[str]) -> bool:
        """Whether these roles are one alternative, give or take optional ones."""
        known = given <= frozenset(self.roles)
        return known and any(
            choice <= given and given - choice <= OPTIONAL for choice in self.alternatives
        )


Catalogue = Lookup[str, KpiSpec]


def catalogue_of(data: Lookup[str, Lookup[str, Any]]) -> dict[str, KpiSpec]:
    """The catalogue out of a job's `kpis` table."""
    return {code: _spec(values) for code, values in data.items()}


def _spec(values: Lookup[str, Any]) -> KpiSpec:
    return KpiSpec(
        id=int(values["id"]),
        scale=int(values.get("scale", 0)),
        time=str(values.get("time") or "finished"),
        roles=dict(values.get("roles") or {}),
        required=tuple(frozenset(roles) for roles in values.get("required") or ()),
        share=bool(values.get("share")),
        not_before_us=values.get("not_before_us"),
        not_after_us=values.get("not_after_us"),
    )
