"""The moves that people may make with a breach case, as a table: from where, to where, by whom.

A move never goes back, so that no step is taken twice on one figure. What a changed figure does
to a case is not here: ``metrics.evaluation.cases`` withdraws and reopens by itself.
"""

from dataclasses import dataclass
from typing import Final

from contracts.selectors.duties import Duty
from metrics.models import BreachCase

State = BreachCase.State

SETTLED: Final = frozenset({State.WAIVED, State.RESOLVED, State.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Move:
    """``verb``: what the trail says was done; ``text``: what the button says.

    ``reason_needed``: it must be said why. ``told_always``: the vendor reads the reason; else
    whoever moves the case chooses, and by itself it stays inside.
    """

    name: str
    verb: str
    text: str
    sources: frozenset[str]
    target: str
    duty: Duty
    reason_needed: bool = False
    told_always: bool = False


_UNANSWERED = frozenset({State.OPEN, State.ACKNOWLEDGED})

ACKNOWLEDGE: Final = Move(
    "acknowledge",
    "acknowledged",
    "Acknowledge",
    frozenset({State.OPEN}),
    State.ACKNOWLEDGED,
    Duty.CASES,
)
DISPUTE: Final = Move(
    "dispute",
    "disputed",
    "Dispute it",
    _UNANSWERED | {State.CONFIRMED},
    State.DISPUTED,
    Duty.CONTEST,
    reason_needed=True,
    told_always=True,
)
ACCEPT: Final = Move(
    "accept",
    "accepted",
    "Accept the failure",
    _UNANSWERED | {State.DISPUTED},
    State.CONFIRMED,
    Duty.CONTEST,
    told_always=True,
)
CONFIRM: Final = Move(
    "confirm",
    "confirmed",
    "Confirm",
    _UNANSWERED,
    State.CONFIRMED,
    Duty.CASES,
)
UPHOLD: Final = Move(
    "answer",
    "upheld",
    "Answer the dispute",
    frozenset({State.DISPUTED}),
    State.CONFIRMED,
    Duty.CASES,
    reason_needed=True,
    told_always=True,
)
WAIVE: Final = Move(
    "waive",
    "waived",
    "Waive",
    _UNANSWERED | {State.DISPUTED, State.CONFIRMED},
    State.WAIVED,
    Duty.DECIDE,
    reason_needed=True,
)
RESOLVE: Final = Move(
    "resolve",
    "resolved",
    "Resolve",
    _UNANSWERED | {State.CONFIRMED},
    State.RESOLVED,
    Duty.CASES,
    reason_needed=True,
)

MOVES: Final = {
    move.name: move for move in (ACKNOWLEDGE, DISPUTE, ACCEPT, CONFIRM, UPHOLD, WAIVE, RESOLVE)
}


def refusal(move: Move, state: str) -> str:
    """Why a case in ``state`` cannot make ``move``, and the way out; empty where it can."""
    if state in move.sources:
        return ""
    if state == State.PROVISIONAL:
        return "it is provisional: its figure may still change until its days of grace are over"
    if state in SETTLED:
        return f"it is {State(state).label.lower()} already"
    if state == move.target:
        return f"it is {State(state).label.lower()} already"
    if state == State.DISPUTED:
        return "it is disputed: answer the dispute first"
    return f"it is {State(state).label.lower()}, and that is not where this begins"
