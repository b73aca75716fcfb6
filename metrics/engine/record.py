"""Whose figure counts: ours, or the vendor's own where the clause names its reports as the source
of record.

Our rows still say how much was done and how many of it failed; the reported figure takes the place
of the value alone. Source: the usual reporting clause, by which a supplier's report is the record
of its performance until it is shown to be wrong.
"""

from __future__ import annotations

from fractions import Fraction

from .measures import Outcome
from .numbers import with_unit
from .results import Inputs, Status

SOURCES = ("ours", "vendor")
_MISSING = "the vendor has not reported its figure, which is the one that counts"


def of_record(own: Outcome, inputs: Inputs) -> Outcome:
    """The outcome that is judged, from what our own rows give.

    What approved relief covers entirely stays excused. Nothing reported is no data, whatever our
    rows say: the figure that counts did not arrive.
    """
    if not is_reported(own, inputs):
        return own
    details = {**own.details, "our own figure": own_figure(own.value, inputs.unit)}
    if inputs.reported is None:
        return Outcome(None, volume=own.volume, state=Status.NO_DATA, details=details)
    return Outcome(inputs.reported, volume=own.volume, details=details)


def is_reported(own: Outcome, inputs: Inputs) -> bool:
    """Whether the vendor's word stands in the place of what our rows give."""
    return inputs.source == "vendor" and own.state is not Status.EXCLUDED


def own_figure(value: Fraction | None, unit: str) -> str:
    return "none" if value is None else with_unit(value, unit)


def record_line(own: Outcome, inputs: Inputs) -> str | None:
    """How the vendor's word was taken, for the explanation; None where ours counts."""
    if not is_reported(own, inputs):
        return None
    if inputs.reported is None:
        return _MISSING
    return f"reported by the vendor, which counts: {with_unit(inputs.reported, inputs.unit)}"
