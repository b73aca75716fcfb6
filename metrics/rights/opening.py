"""Rights to terminate open, are withdrawn and lapse, as the final results have it.

Recomputed from the results each time: a right that is there already is left as it is, so the work
may be done again, or by several workers at once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import zip_longest

from django.db.models import Exists, OuterRef, QuerySet

from contracts.models import Contract
from contracts.services.acting import SYSTEM
from contracts.services.writing import lock, writing
from metrics.engine.rights import Judged, Opening, openings
from metrics.models import (
    BreachCase,
    Kpi,
    KpiPeriod,
    ServiceLevel,
    TerminationRight,
    TerminationRule,
)
from metrics.rights.moving import right_step
from metrics.rights.rules import chronic_of

Phase = KpiPeriod.Phase
State = TerminationRight.State
FINAL = (Phase.FINAL, Phase.RESTATED)
_LET_GO = BreachCase.WaiverScope.REPETITION


@dataclass(frozen=True, slots=True)
class Line:
    """A rule, and the first day on which its code was agreed, and on which a later line holds."""

    rule: TerminationRule
    since: date
    until: date | None

    def holds(self, day: date) -> bool:
        return self.rule.valid_from <= day and (self.until is None or day < self.until)


def rights_follow(as_of: datetime) -> int:
    """Open, withdraw and let lapse what is due by now; returns how many rights were moved."""
    ruled = Contract.objects.filter(
        Exists(TerminationRule.objects.filter(contract=OuterRef("pk"))), archived_at=None
    )
    moved = sum(contract_follow(contract=contract, as_of=as_of) for contract in ruled)
    return moved + rights_lapse(as_of=as_of)


def contract_follow(*, contract: Contract, as_of: datetime) -> int:
    """Bring the rights of one contract to what its final results open; returns how many moved."""
    with writing():
        lock(contract)
        wanted = dict(_wanted(contract))
        rights = TerminationRight.objects.filter(contract=contract).select_related("rule")
        known = {(right.rule_id, right.period_id): right for right in rights}
        new = [_open(contract, key, wanted[key], as_of) for key in wanted if key not in known]
        moved = [right for key, right in known.items() if _follow(right, key in wanted, as_of)]
        return len(new) + len(moved)


def rights_lapse(*, as_of: datetime) -> int:
    """End the rights whose last day has passed; returns how many."""
    today = as_of.date()
    due = TerminationRight.objects.filter(state=State.OPEN, expires_on__lt=today)
    return sum(_lapse(pk, as_of) for pk in list(due.values_list("pk", flat=True)))


def _lapse(pk: int, as_of: datetime) -> bool:
    with writing():
        right = TerminationRight.objects.get(pk=pk)
        lock(right)
        if right.state != State.OPEN:  # exercised or waived meanwhile
            return False
        reason = f"Nobody exercised it by {right.expires_on}."
        right_step(right=right, to=State.LAPSED, by=SYSTEM, reason=reason, as_of=as_of)
        return True


def _open(
    contract: Contract, key: tuple[int, int], found: tuple[Line, Opening], as_of: datetime
) -> TerminationRight:
    line, opening = found
    days = line.rule.expiry_days
    right = TerminationRight(
        contract=contract,
        rule=line.rule,
        period_id=key[1],
        trigger=[day.isoformat() for day in opening.periods],
        opened_on=opening.opened_on,
        expires_on=None if days is None else opening.opened_on + timedelta(days=days),
        state="",
    )
    reason = f"{line.rule.get_kind_display()}: {', '.join(right.trigger)}."
    right_step(right=right, to=State.OPEN, by=SYSTEM, reason=reason, as_of=as_of)
    return right


def _follow(right: TerminationRight, is_wanted: bool, as_of: datetime) -> bool:
    """What was exercised, waived or lapsed stays; a restatement cures only what is open."""
    if right.state == State.OPEN and not is_wanted:
        reason = "The results it rested on were restated, and open it no more."
        right_step(right=right, to=State.WITHDRAWN, by=SYSTEM, reason=reason, as_of=as_of)
        return True
    if right.state == State.WITHDRAWN and is_wanted:
        reason = "The results were restated again, and open it as before."
        right_step(right=right, to=State.OPEN, by=SYSTEM, reason=reason, as_of=as_of)
        return True
    return False


def _wanted(contract: Contract) -> Iterator[tuple[tuple[int, int], tuple[Line, Opening]]]:
    """((rule, last period), what opens it) of every right that the final results open."""
    lines = list(_lines(contract))
    for kpi in _kpis(contract):
        heads = list(_heads(kpi))
        for line in lines:
            if line.rule.scope == line.rule.Scope.KPIS and kpi not in line.rule.kpis.all():
                continue
            by_day = {head.first_day: head.pk for head in heads}
            for opening in _openings(line, kpi, heads):
                yield (line.rule.pk, by_day[opening.last]), (line, opening)


def _openings(line: Line, kpi: Kpi, heads: Iterable[KpiPeriod]) -> Iterator[Opening]:
    results = [_judged(line, head) for head in heads if head.first_day >= line.since]
    is_lower = kpi.direction == Kpi.Direction.LOWER
    return openings(chronic_of(line.rule, lower_is_better=is_lower), results)


def _lines(contract: Contract) -> Iterator[Line]:
    rules = contract.termination_rules.prefetch_related("kpis").order_by("code", "valid_from")
    by_code: dict[str, list[TerminationRule]] = {}
    for rule in rules:
        by_code.setdefault(rule.code, []).append(rule)
    for found in by_code.values():
        ends = [later.valid_from for later in found[1:]]
        for rule, until in zip_longest(found, ends):
            yield Line(rule, found[0].valid_from, until)


def _kpis(contract: Contract) -> "QuerySet[Kpi]":
    own = Kpi.objects.filter(contract=contract)
    return (own | Kpi.objects.filter(contract=None, process__contract=contract)).order_by("pk")


def _heads(kpi: Kpi) -> "QuerySet[KpiPeriod]":
    """The final periods in order of time; a period that has none yet ends no run."""
    found = KpiPeriod.objects.filter(kpi=kpi, phase__in=FINAL, current__isnull=False)
    return found.select_related("current__level", "case").order_by("starts_at")


def _judged(line: Line, head: KpiPeriod) -> Judged:
    revision = head.current
    assert revision is not None
    level = revision.level
    is_enforced = level is not None and level.is_enforced(head.first_day)
    is_critical = level is not None and level.kind == ServiceLevel.Kind.CRITICAL
    counts = line.rule.scope == line.rule.Scope.KPIS or is_critical
    final = (head.final_at or head.ends_at).date()
    return Judged(
        first_day=head.first_day,
        final_on=final,
        failed=_failed(head) if is_enforced and counts else None,
        value=Fraction(revision.value) if revision.value and is_enforced and counts else None,
        counts=line.holds(head.first_day),
    )


def _failed(head: KpiPeriod) -> bool | None:
    """None without a verdict; what was waived with its place in the count of repeats is none."""
    assert head.current is not None
    if head.current.status not in ("MET", "BELOW_EXPECTED", "BELOW_MINIMUM"):
        return None
    case = getattr(head, "case", None)
    is_let_go = case is not None and case.waiver_scope == _LET_GO
    return head.is_breach and not is_let_go
