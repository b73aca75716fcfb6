"""What counts for a figure beside its rows and its terms, and is kept with it to compute it again.

Each kind is looked up by a module of its own, for a whole batch of periods at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from metrics.evaluation.covering import coverage_of
from metrics.evaluation.excusing import ExcusedEvent, excused_events
from metrics.evaluation.reported import reported_of

if TYPE_CHECKING:
    from metrics.evaluation.tasks import Task


@dataclass(frozen=True, slots=True)
class Circumstances:
    """``coverage``: share (0..1) of what its feeds owed that arrived, None where nothing is owed;
    ``late``: whether some of it came too late; ``reported``: the vendor's own figure, in the
    KPI's unit; ``excused``: approved relief, and maintenance that its definition allows."""

    coverage: Fraction | None = None
    late: bool = False
    reported: Fraction | None = None
    excused: tuple[ExcusedEvent, ...] = ()

    @property
    def written(self) -> Mapping[str, Any]:
        """As a revision keeps them; empty where nothing is to be told."""
        said = {
            "coverage": None if self.coverage is None else str(self.coverage),
            "late": self.late or None,
            "reported": None if self.reported is None else str(self.reported),
            "excused": [event.written for event in self.excused] or None,
        }
        return {name: value for name, value in said.items() if value is not None}

    @classmethod
    def read(cls, written: Mapping[str, Any] | None) -> "Circumstances":
        """Back from what a revision keeps."""
        said = written or {}
        return cls(
            coverage=_fraction(said.get("coverage")),
            late=bool(said.get("late")),
            reported=_fraction(said.get("reported")),
            excused=tuple(ExcusedEvent.read(event) for event in said.get("excused", ())),
        )


NOTHING = Circumstances()
Place = tuple[int, int]  # KPI id, begin of the period in UTC microseconds


def circumstances_of(tasks: Sequence["Task"]) -> Mapping[Place, Circumstances]:
    """What counts now for each of the periods that anything is known of."""
    told: dict[Place, dict[str, Any]] = {}
    for place, events in excused_events(tasks).items():
        told.setdefault(place, {})["excused"] = tuple(events)
    for place, value in reported_of(tasks).items():
        told.setdefault(place, {})["reported"] = value
    for place, covered in coverage_of(tasks).items():
        told.setdefault(place, {}).update(coverage=covered.share, late=covered.late)
    return {place: Circumstances(**said) for place, said in told.items()}


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)
