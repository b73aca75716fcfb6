"""Which rights to terminate the final results and the credits of a contract open by now."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import zip_longest
from typing import NamedTuple

from django.db.models import QuerySet

from contracts.models import Contract
from metrics.credits.facts import governed_by
from metrics.credits.standing import CreditStanding, credit_standings
from metrics.engine.rights import Judged, Opening, openings
from metrics.models import BreachCase, Kpi, KpiPeriod, ServiceLevel, TerminationRule
from metrics.rights.rules import chronic_of

Phase = KpiPeriod.Phase
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

    def day_of(self, at: datetime) -> date:
        return self.rule.contract.day_of(at)


class Key(NamedTuple):
    """What tells a right from all others: its rule, and the last period that it rests on."""

    rule: int
    period: int | None = None
    credit_period: date | None = None


def rights_wanted(contract: Contract, *, as_of: datetime) -> Mapping[Key, tuple[Line, Opening]]:
    """Every right that is open by the final results and the ledger, and what opens it."""
    lines = list(_lines(contract))
    of_kpis = [line for line in lines if not line.rule.is_of_credits]
    of_credits = [line for line in lines if line.rule.is_of_credits]
    return dict([*_by_kpis(contract, of_kpis), *_by_credits(contract, of_credits, as_of)])


def _by_credits(
    contract: Contract, lines: list[Line], as_of: datetime
) -> Iterator[tuple[Key, tuple[Line, Opening]]]:
    standings = credit_standings(contract, as_of=as_of) if lines else []
    for line in lines:
        judged = [_credited(line, each) for each in standings if each.days.first >= line.since]
        for opening in openings(chronic_of(line.rule), judged):
            yield Key(line.rule.pk, credit_period=opening.last), (line, opening)


def _credited(line: Line, standing: CreditStanding) -> Judged:
    posted_at = standing.posted_at
    return Judged(
        first_day=standing.days.first,
        final_on=line.day_of(posted_at) if posted_at else standing.days.last,
        failed=standing.at_cap and posted_at is not None,
        value=Fraction(standing.credited),
        counts=line.holds(standing.days.first),
        charges=standing.charges,
    )


def _by_kpis(contract: Contract, lines: list[Line]) -> Iterator[tuple[Key, tuple[Line, Opening]]]:
    for kpi in _kpis(contract) if lines else ():
        heads = list(_heads(kpi))
        by_day = {head.first_day: head.pk for head in heads}
        for line in lines:
            if line.rule.scope == line.rule.Scope.KPIS and kpi not in line.rule.kpis.all():
                continue
            for opening in _openings(line, kpi, heads):
                yield Key(line.rule.pk, by_day[opening.last]), (line, opening)


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
    return Kpi.objects.filter(governed_by(contract)).order_by("pk")


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
    return Judged(
        first_day=head.first_day,
        final_on=line.day_of(head.final_at or head.ends_at),
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
