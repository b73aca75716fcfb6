"""Breach cases: found, narrowed, grouped, and told as far as their reader may know."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat

from contracts.models import Approval, User
from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from metrics.models import BreachCase, CaseComment, CaseTransition, ClaimTerms
from metrics.selectors import scope as scoped
from metrics.selectors.results import ends_in, of_contract, of_vendor
from metrics.selectors.spans import Span

OPEN_STATES = (
    BreachCase.State.PROVISIONAL,
    BreachCase.State.OPEN,
    BreachCase.State.ACKNOWLEDGED,
    BreachCase.State.DISPUTED,
    BreachCase.State.CONFIRMED,
)
_NO_FAILURES = (BreachCase.State.PROVISIONAL, BreachCase.State.WITHDRAWN)
UNSETTLED = "unsettled"  # a filter value: every state that still needs work
NOBODY = "nobody"  # a filter value: cases that are with nobody
_LONGEST_NUMBER = 18  # digits of what the database can compare
THE_BUYER: Final = "the buyer"  # what vendors read instead of the names of the buyer's people
_JOINED = (
    "period__kpi__contract__vendor",
    "period__kpi__process__contract__vendor",
    "period__current__definition",
    "period__current__level",
)
_SEARCHED = (
    "code",
    "name",
    *(
        f"{owner}__{place}"
        for owner in ("contract", "process__contract")
        for place in ("reference", "title", "vendor__name")
    ),
)


@dataclass(frozen=True, slots=True)
class Group:
    """How the inbox is grouped: by the values at ``key``, in the order of ``order``."""

    key: F | Func
    order: tuple[F | Func, ...] = ()


def _of_owner(field: str) -> Coalesce:
    """A field of the contract a KPI is judged under, its own or else its process's."""
    own, by_process = "period__kpi__contract__", "period__kpi__process__contract__"
    return Coalesce(f"{own}{field}", f"{by_process}{field}")


GROUPS: Mapping[str, Group] = {
    "vendor": Group(_of_owner("vendor__code"), (_of_owner("vendor__name"),)),
    "contract": Group(_of_owner("reference")),
    "kpi": Group(F("period__kpi__code"), (F("period__kpi__name"),)),
    "incident": Group(Cast("incident_id", CharField()), (F("incident__started_at"),)),
}


def breaches_list(
    *,
    scope: Scope,
    vendor: str | None = None,
    contract: str | None = None,
    kpi: str | None = None,
    family: str | None = None,
    state: str | None = None,
    severity: str | None = None,
    span: Span | None = None,
) -> QuerySet[BreachCase]:
    """Cases with their figure, newest first: one query when read.

    ``state`` is a state of BreachCase, or ``unsettled`` for all that still need work.
    """
    found = scoped.cases(scope).select_related(*_JOINED)
    if vendor:
        found = found.filter(of_vendor(vendor, "period__kpi__"))
    if contract:
        found = found.filter(of_contract(contract, "period__kpi__"))
    if kpi:
        found = found.filter(period__kpi__code=kpi)
    if family:
        found = found.filter(period__kpi__family=family)
    if severity:
        found = found.filter(severity=severity)
    if span:
        found = found.filter(ends_in(span, "period__"))
    if state:
        found = found.filter(state__in=OPEN_STATES if state == UNSETTLED else [state])
    return found.order_by("-period__last_day", "period__kpi__code")


def with_assignee(cases: QuerySet[BreachCase], username: str) -> QuerySet[BreachCase]:
    """Those with the person of that name, or with ``nobody``."""
    if username == NOBODY:
        return cases.filter(assignee__isnull=True)
    return cases.filter(assignee__username=username)


def with_words(cases: QuerySet[BreachCase], words: str) -> QuerySet[BreachCase]:
    """Those whose KPI, contract or vendor holds ``words``, or whose number they are."""
    said = Q()
    for place in _SEARCHED:
        said |= Q(**{f"period__kpi__{place}__icontains": words})
    if words.isascii() and words.isdigit() and len(words) < _LONGEST_NUMBER:
        said |= Q(pk=int(words))
    return cases.filter(said)


def snoozed_on(today: date) -> Q:
    """Cases that rest on ``today``."""
    return Q(snoozed_until__gt=today)


def grouped(cases: QuerySet[BreachCase], by: str) -> QuerySet[BreachCase]:
    """``cases`` in the order of their groups; ``group`` is the key of each."""
    group = GROUPS[by]
    order = [each.asc(nulls_last=True) for each in (*group.order, F("group"))]
    return cases.annotate(group=group.key).order_by(
        *order, "-period__last_day", "period__kpi__code"
    )


def group_counts(cases: QuerySet[Any]) -> dict[str | None, int]:
    """How many cases each group of ``grouped`` has: {key: count}, in one query."""
    counted = cases.order_by().values("group").annotate(count=Count("pk"))
    return {each["group"]: each["count"] for each in counted}


def case_by_number(number: int, *, scope: Scope) -> BreachCase:
    """A case with its figure, its people, its steps and the days for claims: two queries.

    Raises UnknownCodeError, also for cases outside ``scope``.
    """
    cases = scoped.cases(scope).select_related(*_JOINED, "assignee", "incident")
    found = with_steps(with_requests(_with_claim_days(cases)), scope=scope).filter(pk=number)
    case = found.first()
    if case is None:
        raise UnknownCodeError(f"breach case {number} is unknown")
    return case


def with_requests(cases: QuerySet[BreachCase]) -> QuerySet[BreachCase]:
    """``waiver_asked`` and ``restatement_asked``: numbers of the requests that wait."""
    return cases.annotate(
        waiver_asked=_waiting("waiver", "metrics.breachcase:", "pk"),
        restatement_asked=_waiting("restatement", "metrics.kpiperiod:", "period_id"),
    )


def with_steps(cases: QuerySet[BreachCase], *, scope: Scope) -> QuerySet[BreachCase]:
    """``cases`` with their transitions in order, as far as ``scope`` shows them: one query more.

    ``told_by`` and ``told_reason`` are what the reader may know of each: a vendor reads no name
    of the buyer's people, and no reason that was kept inside.
    """
    steps = scoped.transitions(scope).select_related("revision").order_by("id")
    return cases.prefetch_related(Prefetch("transitions", queryset=_told(steps, scope)))


def _told(steps: QuerySet[CaseTransition], scope: Scope) -> QuerySet[CaseTransition]:
    reason = F("reason") if scope.is_internal else _instead(Q(is_internal=True), "", "reason")
    by = name_told(scope, person="person", name="by", key="key")
    return steps.annotate(told_by=by, told_reason=reason)


def name_told(scope: Scope, *, person: str, name: str, key: str = "") -> F | Case:
    """The name in the field ``name`` as far as ``scope`` may know it: vendors read "the buyer"
    where the ``person`` is one of the buyer's, or the program by its ``key``."""
    if scope.is_internal:
        return F(name)
    of_buyer = Q(**{f"{person}__isnull": False}) & ~Q(**{f"{person}__role": User.Role.VENDOR})
    if key:
        of_buyer |= Q(**{f"{key}__isnull": False, f"{key}__vendor__isnull": True})
    return _instead(of_buyer, THE_BUYER, name)


def name_within(scope: Scope, name: str) -> str:
    """The ``name`` of one of the buyer's as far as ``scope`` may know it; empty for nobody."""
    return THE_BUYER if name and not scope.is_internal else name


def comments_of(case: BreachCase, *, scope: Scope) -> QuerySet[CaseComment]:
    """What is said on a case, as far as ``scope`` shows it, oldest first: one query."""
    found = scoped.comments(scope).filter(case=case)
    return found.select_related("case", "author", "key").order_by("id")


def told_of(comment: CaseComment, scope: Scope) -> str:
    """Who wrote a comment, for reports and programs: vendors read "the buyer"."""
    return name_within(scope, comment.by) if comment.is_of_buyer else comment.by


def _instead(condition: Q, text: str, field: str) -> Case:
    """``text`` where ``condition`` holds, else the field."""
    said = When(condition, then=Value(text, output_field=TextField()))
    return Case(said, default=Cast(field, TextField()), output_field=TextField())


def near(case: BreachCase, *, scope: Scope) -> QuerySet[BreachCase]:
    """Other cases that say something about this one: of its KPI in the twelve months up to it
    (``is_earlier``), and of its incident."""
    last = case.period.last_day
    earlier = Q(period__kpi=case.period.kpi_id, period__last_day__lte=last)
    earlier &= Q(period__last_day__gt=_a_year_before(last)) & ~Q(state__in=_NO_FAILURES)
    beside = Q(incident=case.incident_id) if case.incident_id else Q(pk__in=[])
    found = scoped.cases(scope).select_related(*_JOINED).filter(earlier | beside)
    found = found.annotate(is_earlier=ExpressionWrapper(earlier, BooleanField()))
    return found.exclude(pk=case.pk).order_by("-period__last_day", "period__kpi__code")


def _a_year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)


def _waiting(kind: str, prefix: str, field: str) -> Subquery:
    subject = Concat(Value(prefix), Cast(OuterRef(field), CharField()), output_field=CharField())
    waiting = Approval.objects.filter(kind=kind, subject=subject, state=Approval.State.REQUESTED)
    return Subquery(waiting.values("pk")[:1])


def _with_claim_days(cases: QuerySet[BreachCase]) -> QuerySet[BreachCase]:
    """``claim_terms``: number of the contract's own terms for claims at the period's start."""
    of_contract = Coalesce(
        OuterRef("period__kpi__contract_id"), OuterRef("period__kpi__process__contract_id")
    )
    terms = ClaimTerms.objects.filter(
        contract_id=of_contract, valid_from__lte=OuterRef("period__first_day")
    ).order_by("-valid_from")
    named: dict[str, Any] = {
        f"claim_{name}": Subquery(terms.values(name)[:1])
        for name in ("dispute_days", "relief_days", "valid_from")
    }
    return cases.annotate(**named)
