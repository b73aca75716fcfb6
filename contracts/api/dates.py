"""/contracts/{reference}/dates: the term that runs, and what to do about it by when."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import ApiMixin, one
from contracts.api.dates_examples import DATES
from contracts.api.examples import example
from contracts.models import Contract
from contracts.selectors import scope as scoped
from contracts.selectors.notice import (
    Notice,
    OptionDue,
    current_term,
    next_notice,
    next_option,
    with_terms,
)
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now


class TermSerializer(serializers.Serializer[Any]):
    """The term that runs, or the last one there was."""

    first_day = serializers.DateField()
    last_day = serializers.DateField(allow_null=True, help_text="null: without an end.")
    renewals = serializers.IntegerField(help_text="Renewals and exercised options behind it.")


class OptionDueSerializer(serializers.Serializer[Any]):
    """The option to decide on next."""

    number = serializers.IntegerField()
    description = serializers.CharField()
    exercise_by = serializers.DateField(help_text="Last day to exercise it.")
    extends_to = serializers.DateField(help_text="Last day of the contract if it is exercised.")


@extend_schema_serializer(examples=example(DATES))
class ContractDatesSerializer(serializers.Serializer[Any]):
    """What the dates of a contract come to on a day."""

    contract = serializers.CharField()
    as_of = serializers.DateField()
    term = TermSerializer()
    has_ended = serializers.BooleanField(help_text="The last term is over.")
    renewal = serializers.ChoiceField(
        choices=Contract.Renewal.choices,
        help_text="What follows the term: none once it renewed as often as it may.",
    )
    purpose = serializers.CharField(
        allow_null=True,
        help_text="What has to be done by act_by: stop a renewal, exercise an option, agree on a "
        "renewal or serve notice; null where nothing has to.",
    )
    act_by = serializers.DateField(allow_null=True, help_text="Last day to do it.")
    decide_by = serializers.DateField(
        allow_null=True, help_text="Our own day to have decided, before act_by."
    )
    earliest_end = serializers.DateField(
        allow_null=True,
        help_text="Of a contract that runs until notice: its end if notice is served on as_of.",
    )
    option = OptionDueSerializer(allow_null=True)


def contract_dates(contract: Contract, *, today: date) -> dict[str, Any]:
    """What the dates of ``contract`` come to on ``today``."""
    term = current_term(contract, today=today)
    notice = next_notice(contract, today=today)
    option = next_option(contract, today=today)
    return {
        "contract": contract.reference,
        "as_of": today,
        "term": term,
        "has_ended": term.has_ended,
        "renewal": notice.renewal if notice else contract.renewal,
        "option": _option(option) if option else None,
        **_acts(notice),
    }


def _acts(notice: Notice | None) -> dict[str, Any]:
    is_earliest = notice is not None and notice.is_earliest_end
    has_day = notice is not None and notice.serve_by is not None
    return {
        "purpose": notice.purpose if notice and (has_day or is_earliest) else None,
        "act_by": notice.serve_by if notice else None,
        "decide_by": notice.decide_by if notice else None,
        "earliest_end": notice.term_ends if notice and is_earliest else None,
    }


def _option(due: OptionDue) -> dict[str, Any]:
    return {
        "number": due.option.number,
        "description": due.option.description,
        "exercise_by": due.exercise_by,
        "extends_to": due.extends_to,
    }


class ContractDates(ApiMixin):
    """The days to act on, as we see them: kept from vendors."""

    @extend_schema(responses=ContractDatesSerializer)
    def get(self, request: Request, reference: str) -> Response:
        """What the dates of a contract come to today."""
        contract = one(_contracts(self.scope), reference=reference)
        shown = contract_dates(contract, today=now().date())
        return Response(ContractDatesSerializer(shown).data)


def _contracts(scope: Scope) -> "QuerySet[Contract]":
    found = with_terms(scoped.contracts(scope))
    return found if scope.is_internal else found.none()
