"""All parts of an explanation, in the order in which they are told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from contracts.selectors.scope import Scope
from metrics.evaluation.explain import Explanation
from metrics.scorecards.explaining import figure, records, relief, standing
from metrics.scorecards.explaining.parts import Part, Subject

# Each makes one part, or None where there is nothing to tell. A room below adds what it knows of
# a figure by a function here.
PARTS: Final[Sequence[Callable[[Subject], Part | None]]] = (
    figure.heading_part,
    figure.computed_part,
    figure.level_part,
    figure.circumstances_part,
    figure.reported_part,
    relief.relief_part,
    figure.failures_part,
    standing.outlook_part,
    standing.improvement_part,
    records.forecasts_part,
    standing.case_part,
    standing.credits_part,
    records.revisions_part,
    records.deliveries_part,
)
# The members of ``Told.said``: a part that has nothing to tell leaves its own as they are here.
NOTHING: Final[dict[str, Any]] = {
    "vendor": None,
    "contract": None,
    "amendment": None,
    "circumstances": {},
    "reported": None,
    "if_approved": None,
    "failures": None,
    "outlook": None,
    "improvement": None,
    "default_cause": "",
    "default_of": [],
    "forecasts": [],
    "case": None,
    "credits": [],
    "deliveries": [],
}


@dataclass(frozen=True)
class Told:
    """An explanation with its parts: ``text`` to paste, ``said`` for programs."""

    explanation: Explanation
    parts: Sequence[Part]

    @property
    def text(self) -> str:
        return "\n".join(line for part in self.parts for line in _lines(part))

    @property
    def said(self) -> dict[str, Any]:
        """Always the members of ``NOTHING``."""
        found = dict(NOTHING)
        for part in self.parts:
            found |= part.said
        return found


def tell(*, explanation: Explanation, scope: Scope, as_of: datetime) -> Told:
    """Everything that ``scope`` may know of a figure, ``as_of`` now."""
    subject = Subject(explanation, scope, as_of)
    made = (part(subject) for part in PARTS)
    return Told(explanation, [part for part in made if part])


def _lines(part: Part) -> list[str]:
    if not part.title:
        return list(part.lines)
    return ["", part.title, *(f"  {line}" for line in part.lines)]
