"""Everything that can be done with one case: who may do it, when, and what it calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError

from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from metrics.casework import handling, moves
from metrics.casework.moves import SETTLED, Move
from metrics.casework.moving import case_move
from metrics.casework.plans import plan_propose
from metrics.casework.relief import Claim, relief_request
from metrics.casework.waivers import waiver_request
from metrics.evaluation.approvals import restatement_request
from metrics.models import BreachCase
from metrics.pages import case_forms
from metrics.pages.case_forms import CaseForm

Do = Callable[[BreachCase, CaseForm, Scope], object]
_WORKING = (Duty.CASES, Duty.CONTEST)


@dataclass(frozen=True, slots=True)
class Act:
    """``do``: the service call, with a valid form; ``said``: what the reader is told after it.

    ``where``: the states it begins in; ``lede``: what follows from it, in a sentence.
    """

    name: str
    text: str
    form: type[CaseForm]
    duties: tuple[Duty, ...]
    do: Do
    said: str
    lede: str
    where: frozenset[str]

    def is_open(self, case: BreachCase, scope: Scope) -> bool:
        """Whether the reader may do it with the case as it stands."""
        return scope.may(*self.duties) and case.state in self.where


State = BreachCase.State
_ANY = frozenset(State.values)
_UNSETTLED = _ANY - SETTLED
_BY_WAIVER = moves.WAIVE.sources


def _move(move: Move, said: str, lede: str) -> Act:
    def do(case: BreachCase, form: CaseForm, scope: Scope) -> object:
        given = form.cleaned_data
        return case_move(
            case_id=case.pk,
            move=move,
            scope=scope,
            as_of=now(),
            reason=given["reason"],
            is_shared=given.get("is_shared", False),
            evidence=form.attached,
        )

    form = case_forms.move_form(move)
    return Act(move.name, move.text, form, (move.duty,), do, said, lede, move.sources)


def _assign(case: BreachCase, form: CaseForm, scope: Scope) -> object:
    who = form.cleaned_data["assignee"]
    return handling.case_assign(case_id=case.pk, assignee=who, scope=scope)


def _snooze(case: BreachCase, form: CaseForm, scope: Scope) -> object:
    given = form.cleaned_data
    return handling.case_snooze(
        case_id=case.pk,
        until=given["until"],
        until_worse=given["until_worse"],
        scope=scope,
        as_of=now(),
    )


def _wake(case: BreachCase, form: CaseForm, scope: Scope) -> object:
    return handling.case_wake(case_id=case.pk, scope=scope)


def _link(case: BreachCase, form: CaseForm, scope: Scope) -> object:
    found = form.cleaned_data["incident"]
    return handling.case_link(case_id=case.pk, incident=found, scope=scope)


def _comment(case: BreachCase, form: CaseForm, scope: Scope) -> object:
    given = form.cleaned_data
    inside = given.get("is_internal", False)
    return handling.comment_add(
        case_id=case.pk, body=given["body"], is_internal=inside, scope=scope
    )


def _waive(case: BreachCase, form: CaseForm, scope: Scope) -> object:
    return waiver_request(case_id=case.pk, scope=scope, **form.cleaned_data)


def _relieve(case: BreachCase, form: CaseForm, scope: Scope) -> object:
    given = form.cleaned_data
    claim = Claim(given["reason"], given["intervals"], given["rows"], given["treatment"])
    return relief_request(
        case_id=case.pk, claim=claim, scope=scope, as_of=now(), evidence=form.attached
    )


def _restate(case: BreachCase, form: CaseForm, scope: Scope) -> object:
    if scope.reader is None:
        raise ValidationError("Only a person who signed in may do this.")
    reason = form.cleaned_data["reason"]
    return restatement_request(period=case.period, reason=reason, requested_by=scope.reader)


def _plan(case: BreachCase, form: CaseForm, scope: Scope) -> object:
    return plan_propose(subject=case, scope=scope, **form.cleaned_data)


_MOVES: Final = (
    _move(
        moves.ACKNOWLEDGE,
        "The case is acknowledged.",
        "You take note of the failure and see to it; notices about it stop.",
    ),
    _move(
        moves.CONFIRM,
        "The case is confirmed.",
        "The failure stands as it was measured. The vendor can still dispute it in its time.",
    ),
    _move(
        moves.UPHOLD,
        "The dispute is answered: the figure stands.",
        "The figure stands, and the case is confirmed. To grant the dispute, ask for a waiver, "
        "for relief or for a restatement instead: a second person decides on each of them.",
    ),
    _move(
        moves.RESOLVE,
        "The case is resolved.",
        "It is remedied and settled. It stays settled when its figure is restated.",
    ),
    _move(
        moves.DISPUTE,
        "The figure is disputed. The buyer answers here.",
        "You say that the figure is not right. It can be disputed once, so put everything in.",
    ),
    _move(
        moves.ACCEPT,
        "The failure is accepted.",
        "You agree that the service level was missed. An open dispute ends with it.",
    ),
)
_OTHERS: Final = (
    Act(
        "assign",
        "Assign",
        case_forms.AssignForm,
        (Duty.CASES,),
        _assign,
        "The case changed hands.",
        "Whoever has the case works on it. The vendor does not see who that is.",
        _ANY,
    ),
    Act(
        "snooze",
        "Snooze",
        case_forms.SnoozeForm,
        (Duty.CASES,),
        _snooze,
        "The case rests.",
        "It leaves the inbox for a while. Its times go on, and the vendor does not see it.",
        _UNSETTLED,
    ),
    Act(
        "wake",
        "End the snooze",
        CaseForm,
        (Duty.CASES,),
        _wake,
        "The case is back in the inbox.",
        "The case is shown in the inbox again.",
        _UNSETTLED,
    ),
    Act(
        "incident",
        "Link to an incident",
        case_forms.LinkForm,
        (Duty.CASES,),
        _link,
        "The incident is noted.",
        "Failures that go back to one event are shown together.",
        _ANY,
    ),
    Act(
        "waive",
        "Ask for a waiver",
        case_forms.WaiverForm,
        (Duty.CASES,),
        _waive,
        "The waiver waits for a second person.",
        "A waiver lets the failure go. It counts once a second person approves it; until then "
        "the case stays where it is.",
        _BY_WAIVER,
    ),
    Act(
        "relief",
        "Ask for relief",
        case_forms.ReliefForm,
        _WORKING,
        _relieve,
        "The request for relief waits for a decision.",
        "Relief excuses an event by the contract. A person at the buyer's decides. The decision is "
        "kept on record and does not change the figure: that changes only when it is restated "
        "from corrected records.",
        _UNSETTLED,
    ),
    Act(
        "restate",
        "Ask for a restatement",
        case_forms.ReasonForm,
        (Duty.CASES,),
        _restate,
        "The restatement waits for a second person.",
        "The figure is computed anew from today's rows once a second person approves. If it no "
        "longer fails, the case is withdrawn by itself.",
        _ANY - {State.PROVISIONAL},
    ),
    Act(
        "plan",
        "Propose a corrective action plan",
        case_forms.PlanForm,
        _WORKING,
        _plan,
        "The plan is proposed. Now add its steps.",
        "What will be done so that it does not come back: steps, each with an owner and a day.",
        _ANY - {State.PROVISIONAL, State.WITHDRAWN},
    ),
    Act(
        "comment",
        "Comment",
        case_forms.CommentForm,
        (Duty.COMMENT, Duty.INTERNAL),
        _comment,
        "The comment is written.",
        "",
        _ANY,
    ),
)
ACTS: Final = {act.name: act for act in (*_MOVES, *_OTHERS)}
