"""POST /breaches/{id}/transitions: everything that can be done with one case, by its name.

Each is a call of the service that the case's page uses, with the same duties.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.authentication import refuse_without
from contracts.api.base import MANAGE, ApiMixin, one
from contracts.api.editing import StrictSerializer, body_of, check_match, tagged
from contracts.api.examples import example
from contracts.api.fields import Choice, Coded, Day, Flag, Text
from contracts.api.headers import etag, if_match
from contracts.models import Approval
from contracts.selectors import scope as contract_scope
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.writing import lock, writing
from kpotracker.toolkit.dbclock import now
from metrics.api import daily_examples
from metrics.api.breaches import BreachSerializer, cases_told
from metrics.api.conflicts import conflicts
from metrics.casework import handling, moves
from metrics.casework.moves import Move
from metrics.casework.moving import case_move
from metrics.casework.waivers import waiver_request
from metrics.models import BreachCase

Given = Mapping[str, Any]
Do = Callable[[int, Given, Scope, datetime], object]
_LONGEST = 10_000
_ANSWER = {"to": "answered", "reason": "Both orders were late."}
_SNOOZE = {"to": "snoozed", "until": "2026-05-04"}


@dataclass(frozen=True, slots=True)
class Act:
    """``members``: of the body, beside ``to``; ``needed``: those that have to be there."""

    duty: Duty
    do: Do
    members: frozenset[str]
    needed: frozenset[str] = frozenset()


def _moved(move: Move) -> Act:
    def do(case_id: int, given: Given, scope: Scope, as_of: datetime) -> object:
        return case_move(
            case_id=case_id,
            move=move,
            scope=scope,
            as_of=as_of,
            reason=given.get("reason", ""),
            is_shared=given.get("is_shared", False),
        )

    members = {"reason"} if move.told_always else {"reason", "is_shared"}
    needed = {"reason"} if move.reason_needed else set()
    return Act(move.duty, do, frozenset(members), frozenset(needed))


def _assigned(case_id: int, given: Given, scope: Scope, as_of: datetime) -> object:
    return handling.case_assign(case_id=case_id, assignee=given["assignee"], scope=scope)


def _snoozed(case_id: int, given: Given, scope: Scope, as_of: datetime) -> object:
    return handling.case_snooze(
        case_id=case_id,
        until=given.get("until"),
        until_worse=given.get("until_worse", False),
        scope=scope,
        as_of=as_of,
    )


def _woken(case_id: int, given: Given, scope: Scope, as_of: datetime) -> object:
    return handling.case_wake(case_id=case_id, scope=scope)


def _waived(case_id: int, given: Given, scope: Scope, as_of: datetime) -> object:
    covers, reason = given["waiver_scope"], given["reason"]
    return waiver_request(case_id=case_id, waiver_scope=covers, reason=reason, scope=scope)


ACTS: Final[dict[str, Act]] = {
    "acknowledged": _moved(moves.ACKNOWLEDGE),
    "disputed": _moved(moves.DISPUTE),
    "accepted": _moved(moves.ACCEPT),
    "confirmed": _moved(moves.CONFIRM),
    "answered": _moved(moves.UPHOLD),
    "resolved": _moved(moves.RESOLVE),
    "waived": Act(Duty.CASES, _waived, frozenset(), frozenset({"reason", "waiver_scope"})),
    "assigned": Act(Duty.CASES, _assigned, frozenset(), frozenset({"assignee"})),
    "snoozed": Act(Duty.CASES, _snoozed, frozenset({"until", "until_worse"})),
    "woken": Act(Duty.CASES, _woken, frozenset()),
}


class TransitionBody(StrictSerializer):
    """What is done with the case, and what that needs.

    | to | who | with it |
    |---|---|---|
    | acknowledged, confirmed | buyer | reason, is_shared |
    | resolved | buyer | **reason**, is_shared |
    | answered | buyer | **reason**; the figure stands, and the vendor reads why |
    | disputed | vendor | **reason** |
    | accepted | vendor | reason |
    | waived | buyer | **reason**, **waiver_scope**; waits for a person who may approve it |
    | assigned | buyer | **assignee**, null for nobody |
    | snoozed | buyer | until, until_worse: one of them at least |
    | woken | buyer | |
    """

    to = Choice(choices=list(ACTS))
    reason = Text(required=False, max_length=_LONGEST)
    is_shared = Flag(required=False, help_text="The vendor may read the reason.")
    until = Day(required=False, help_text="Back in the inbox on that day.")
    until_worse = Flag(required=False, help_text="Or once a new figure falls further short.")
    assignee = Coded(
        contract_scope.users,
        "username",
        "person",
        required=False,
        allow_null=True,
        help_text="User name of somebody at the buyer's.",
    )
    waiver_scope = Choice(
        choices=BreachCase.WaiverScope.choices, required=False, help_text="What is let go."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        act, given = ACTS[attrs["to"]], set(attrs) - {"to"}
        missing = {name: [f"to={attrs['to']} needs it."] for name in act.needed - given}
        idle = given - act.members - act.needed
        told = {name: [f"to={attrs['to']} does not take it: leave it out."] for name in idle}
        if errors := missing | told:
            raise serializers.ValidationError(errors)
        return attrs


@extend_schema_serializer(examples=example(daily_examples.WAIVER, "202"))
class WaiverSerializer(serializers.Serializer[Approval]):
    """A waiver that was asked for. The case stays where it is until a person who may decide it, and
    never a program, approves."""

    request = serializers.IntegerField(source="pk", help_text="Number of the request.")
    state = serializers.ChoiceField(choices=Approval.State.choices)
    waiver_scope = serializers.ChoiceField(
        source="payload.waiver_scope", choices=BreachCase.WaiverScope.choices
    )
    reason = serializers.CharField()
    requested_by = serializers.CharField(source="asked_by")
    requested_at = serializers.DateTimeField()
    breach = serializers.SerializerMethodField()

    def get_breach(self, request: Approval) -> int:
        return int(request.subject.rpartition(":")[2])


class CaseTransitions(ApiMixin):
    """Do something with a breach case: acknowledge, dispute, answer, snooze, …

    The rules are those of the pages: 403 for an act that is another side's, 409 where the case
    stands elsewhere or the time for it is over. Of two that act at once, the second one is told
    where the first one put it. A waiver answers 202 and waits for a person's approval.
    """

    scopes = {"POST": (MANAGE,)}
    duties = {"POST": (Duty.CASES, Duty.CONTEST)}

    @extend_schema(
        request=TransitionBody,
        responses={
            200: OpenApiResponse(BreachSerializer, "The case as it is now."),
            202: OpenApiResponse(WaiverSerializer, "The waiver waits for a second person."),
        },
        parameters=[if_match(), etag()],
        examples=[
            OpenApiExample("answer", _ANSWER, request_only=True),
            OpenApiExample("snooze", _SNOOZE, request_only=True),
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        case: BreachCase = one(cases_told(self.scope), pk=pk)
        given = body_of(TransitionBody, request, context={"scope": self.scope})
        act = ACTS[given["to"]]
        refuse_without(self.scope, act.duty)
        with conflicts(), writing():
            lock(case)
            check_match(request, case)
            done = act.do(case.pk, given, self.scope, now())
        return self._answer(pk, done)

    def _answer(self, pk: int, done: object) -> Response:
        if isinstance(done, Approval):
            done.refresh_from_db()
            return Response(WaiverSerializer(done).data, status=HTTPStatus.ACCEPTED)
        case = one(cases_told(self.scope), pk=pk)
        context = {"request": self.request, "view": self}
        return tagged(Response(BreachSerializer(case, context=context).data), case)
