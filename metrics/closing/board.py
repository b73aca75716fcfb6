"""The months of contracts beside each other: what is done, by whom, and what stands in the way."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from contracts.models import Contract
from contracts.selectors import scope as contracts_scope
from contracts.selectors.scope import Scope
from metrics.closing.gaps import Gap, gaps_of
from metrics.closing.steps import ORDER, step_after
from metrics.models import CloseStep, Kpi, MonthClose
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import name_told
from metrics.selectors.spans import Span

Step = MonthClose.Step


@dataclass(frozen=True, slots=True)
class Stage:
    """One column of the board. ``done``: the step in force; ``is_next``: it is this one's turn."""

    step: str
    label: str
    done: CloseStep | None
    is_next: bool
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contract's month that is not closed: its next step, and when the vendor's days end."""

    contract: Contract
    step: MonthClose.Step
    answer_by: date | None


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A contract's month. ``history``: every step ever taken, reopenings included; its
    ``told_by``, reasons and gaps are what the reader may know."""

    contract: Contract
    close: MonthClose | None
    stages: tuple[Stage, ...]
    history: tuple[CloseStep, ...]

    @property
    def next_stage(self) -> Stage | None:
        return next((stage for stage in self.stages if stage.is_next), None)

    @property
    def is_closed(self) -> bool:
        return self.close is not None and self.close.step == Step.PUBLISHED


def board_of(
    contracts: Iterable[Contract], span: Span, *, scope: Scope, as_of: datetime
) -> list[BoardRow]:
    """A row for each of ``contracts`` in the order given, in a fixed number of queries."""
    rows = list(contracts)
    pks = [contract.pk for contract in rows]
    steps = scoped.close_steps(scope).filter(
        close__contract__in=pks, close__first_day=span.first_day
    )
    known: dict[int, MonthClose] = {}
    taken: dict[int, list[CloseStep]] = {}
    told = steps.annotate(told_by=name_told(scope, person="by", name="by_name"))
    for step in told.select_related("close").order_by("id"):
        if not scope.is_internal:
            step.reason, step.gaps = "", [asdict(gap) for gap in _shared(_kept(step))]
        known[step.close.contract_id] = step.close
        taken.setdefault(step.close_id, []).append(step)
    gaps = gaps_of(pks, span, as_of)
    return [
        _row(
            each,
            close,
            taken.get(close.pk, []) if close else [],
            gaps[each.pk] if scope.is_internal else _shared(gaps[each.pk]),
        )
        for each in rows
        for close in [known.get(each.pk)]
    ]


def contracts_to_close(span: Span, *, scope: Scope) -> QuerySet[Contract]:
    """Contracts in use that promised something measured by then."""
    own = Kpi.objects.filter(contract=OuterRef("pk"))
    bought = Kpi.objects.filter(process__contract=OuterRef("pk"))
    measured = {"archived_at__isnull": True, "first_day__lte": span.last_day}
    return contracts_scope.contracts(scope).filter(
        Exists(own.filter(**measured)) | Exists(bought.filter(**measured)),
        archived_at__isnull=True,
    )


def months_waiting(span: Span, *, scope: Scope) -> list[Waiting]:
    """Contracts whose month is not published yet, by reference: one query. A vendor is told of
    those that wait for its own answer."""
    mine = MonthClose.objects.filter(contract=OuterRef("pk"), first_day=span.first_day)
    found = (
        contracts_to_close(span, scope=scope)
        .annotate(
            reached=Coalesce(Subquery(mine.values("step")[:1]), Value(Step.OPEN.value)),
            answer_by=Subquery(mine.values("answer_by")[:1]),
        )
        .exclude(reached=Step.PUBLISHED)
        .order_by("reference")
    )
    if not scope.is_internal:
        found = found.filter(reached=Step.RELIEF_DECIDED)
    return [
        Waiting(each, Step(step_after(each.reached) or Step.PUBLISHED), each.answer_by)
        for each in found
    ]


def _kept(step: CloseStep) -> list[Gap]:
    """What was missing when a step was taken."""
    return [Gap(**each | {"names": tuple(each["names"])}) for each in step.gaps]


def _shared(gaps: Iterable[Gap]) -> list[Gap]:
    return [gap.as_shared for gap in gaps if not gap.is_internal]


def _row(
    contract: Contract, close: MonthClose | None, steps: list[CloseStep], gaps: list[Gap]
) -> BoardRow:
    reached = Step(close.step) if close else Step.OPEN
    following = step_after(reached)
    stages = []
    for step in ORDER[1:]:
        is_done = ORDER.index(step) <= ORDER.index(reached)
        done = next((each for each in reversed(steps) if _does(each, step)), None)
        mine = tuple(gap for gap in gaps if gap.step == step)
        stages.append(Stage(step, step.label, done if is_done else None, step == following, mine))
    return BoardRow(contract, close, tuple(stages), tuple(steps))


def _does(taken: CloseStep, step: str) -> bool:
    return taken.step == step and taken.kind != CloseStep.Kind.REOPENED
