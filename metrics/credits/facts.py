"""What the credits of a contract follow from, read in a fixed number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Final

from django.db.models import Q, QuerySet

from contracts.models import Charge, Contract
from metrics.credits.agreed import engine_rule, engine_terms, purse_of
from metrics.engine import Level, Status, compared
from metrics.engine.credits import Charge as ChargeLine
from metrics.engine.credits import Days, Inputs, Outcome, Rule
from metrics.evaluation.terms import level_judging
from metrics.models import BreachCase, CreditChoice, CreditRule, CreditTerms, Kpi, KpiPeriod

FAR_AHEAD: Final = date(9000, 12, 31)  # the end of a contract without one
_FINAL: Final = frozenset({KpiPeriod.Phase.FINAL, KpiPeriod.Phase.RESTATED})
_ENDS: Final = frozenset({Contract.Renewal.NONE, Contract.Renewal.EXPRESS, Contract.Renewal.OPTION})


@dataclass(frozen=True)
class Facts:
    """``heads``: the KPI periods that the outcomes of ``inputs`` tell of, by their number."""

    contract: Contract
    inputs: Inputs
    heads: Mapping[int, KpiPeriod]


@dataclass(frozen=True, slots=True)
class Judged:
    """A KPI's period with its verdict, stored or proposed, as far as credits ask.

    ``number``: its identity; ``value`` and ``shortfall`` in the KPI's unit; ``consequence``: of
    the figure alone; ``is_default``: also by repetition; ``level``: that judged it; ``case``: its
    breach case.
    """

    number: int
    kpi: Kpi
    label: str
    days: Days
    value: Fraction | None
    shortfall: Fraction | None
    status: str
    consequence: str
    is_default: bool
    is_final: bool
    level: Level | None
    case: BreachCase | None = None


@dataclass(frozen=True)
class Basis:
    """What a contract agreed about credits, and what it is applied to.

    ``terms`` and ``rules`` are dated lines, oldest first; those of ``rules`` are told apart by
    their primary keys.
    """

    contract: Contract
    terms: Sequence[CreditTerms]
    rules: Sequence[CreditRule]
    judged: Sequence[Judged]
    charges: Sequence[ChargeLine]
    choices: Mapping[int, Sequence[int]]

    def inputs(self, *, as_of: datetime, provisional: bool = False) -> Inputs:
        """``provisional``: take figures as if they were final already, for an estimate."""
        purse = purse_of(self.contract)
        rules = {line.pk: rule for line in self.rules if (rule := engine_rule(line))}
        return Inputs(
            contract=self.contract.pk,
            purse=purse,
            term=term_of(self.contract),
            terms=[engine_terms(line, purse) for line in self.terms],
            rules=rules,
            outcomes=[
                _outcome(each, _rule_at(self.rules, each), rules, provisional)
                for each in self.judged
            ],
            charges=self.charges,
            today=self.contract.day_of(as_of),
            choices=self.choices,
        )


def facts_of(contract: Contract, *, as_of: datetime, provisional: bool = False) -> Facts:
    """Everything that the ledger of a contract follows from now; six queries.

    ``provisional``: take figures as if they were final already, for an estimate.
    """
    rules = rules_of(contract)
    heads = list(heads_of({line.kpi_id for line in rules}))
    basis = basis_of(contract, rules, [judged_of(head) for head in heads])
    inputs = basis.inputs(as_of=as_of, provisional=provisional)
    return Facts(contract, inputs, {head.pk: head for head in heads})


def basis_of(contract: Contract, rules: Sequence[CreditRule], judged: Sequence[Judged]) -> Basis:
    """The contract's terms, charges and choices beside given rules and periods."""
    terms = CreditTerms.objects.filter(contract=contract).order_by("valid_from")
    return Basis(contract, list(terms), rules, judged, _charges(contract), _choices(contract))


def judged_of(head: KpiPeriod) -> Judged:
    """A stored period as it stands."""
    revision = head.current
    assert revision is not None  # the others are left out by the query
    return Judged(
        number=head.pk,
        kpi=head.kpi,
        label=head.label,
        days=Days(head.first_day, head.last_day),
        value=Fraction(revision.value) if revision.value else None,
        shortfall=Fraction(revision.shortfall) if revision.shortfall else None,
        status=revision.status,
        consequence=revision.consequence,
        is_default=head.is_breach,
        is_final=head.phase in _FINAL,
        level=level_judging(revision, head.first_day),
        case=getattr(head, "case", None),
    )


def term_of(contract: Contract) -> Days:
    """The days that a contract runs; one that renews by itself goes on."""
    ends = contract.last_day if contract.renewal in _ENDS else None
    return Days(contract.first_day, ends or FAR_AHEAD)


def governed_by(contract: Contract, prefix: str = "") -> Q:
    """KPIs that a contract governs: its own, and those of its processes without one."""
    by_process = Q(**{f"{prefix}contract": None, f"{prefix}process__contract": contract})
    return Q(**{f"{prefix}contract": contract}) | by_process


def rules_of(contract: Contract) -> list[CreditRule]:
    """The credit rules of the KPIs that a contract governs, oldest first."""
    found = CreditRule.objects.filter(governed_by(contract, "kpi__"))
    return list(found.order_by("valid_from"))


def heads_of(kpi_ids: Iterable[int]) -> QuerySet[KpiPeriod]:
    """The periods of KPIs that ended and have a figure, with what judged them."""
    found = KpiPeriod.objects.filter(kpi__in=set(kpi_ids))
    found = found.exclude(phase=KpiPeriod.Phase.RUNNING).exclude(current=None)
    return found.select_related("kpi", "current__level", "current__definition", "case")


def _rule_at(lines: Sequence[CreditRule], judged: Judged) -> CreditRule | None:
    """The rule in force on the first day of a period."""
    kpi, day = judged.kpi.pk, judged.days.first
    begun = (line for line in lines if line.kpi_id == kpi and line.valid_from <= day)
    return max(begun, key=lambda line: line.valid_from, default=None)


def _charges(contract: Contract) -> list[ChargeLine]:
    rows = Charge.objects.filter(contract=contract).order_by("first_day", "process")
    columns = ("first_day", "last_day", "amount_minor", "pass_through_minor", "process")
    return [
        ChargeLine(Days(first, last), amount - passed, process)
        for first, last, amount, passed, process in rows.values_list(*columns)
    ]


def _choices(contract: Contract) -> dict[int, list[int]]:
    """What the buyer chose of each incident, the newest choice first."""
    chosen: dict[int, list[int]] = {}
    rows = CreditChoice.objects.filter(contract=contract).order_by("-id")
    for incident, period in rows.values_list("incident", "kpi_period"):
        chosen.setdefault(incident, []).append(period)
    return chosen


def _outcome(
    judged: Judged, line: CreditRule | None, rules: Mapping[int, Rule], provisional: bool
) -> Outcome:
    """A period as credits see it: only a critical service level past its bedding-in carries one."""
    level, case = judged.level, judged.case
    rule = rules.get(line.pk) if line else None
    value = judged.value
    seen = compared(value, level) if level and value is not None else value
    missed = judged.is_default or judged.consequence != "none"
    carries = level is not None and level.kind == "critical" and level.enforced
    return Outcome(
        number=judged.number,
        kpi=judged.kpi.pk,
        label=f"{judged.kpi.name} {judged.label}",
        days=judged.days,
        value=seen,
        target=_target(level, seen, judged.shortfall),
        shortfall=judged.shortfall,
        higher_is_better=level.higher_is_better if level else True,
        strict=level.strict if level else False,
        final=provisional or judged.is_final,
        failed=carries and rule is not None and (missed if rule.any_miss else judged.is_default),
        critical=judged.consequence == "critical",
        tallied=missed and not _is_waived(case, BreachCase.WaiverScope.REPETITION),
        met=judged.status == Status.MET,
        exceeded=judged.status == Status.MET and _exceeds(level, seen),
        waived=_is_waived(case),
        cause=case.incident_id if case else None,
        process=judged.kpi.process_id,
        rule=line.pk if line and rule else None,
    )


def _target(level: Level | None, value: Fraction | None, short: Fraction | None) -> Fraction | None:
    """The level that the shortfall was measured from, also where it lay between two lines."""
    if level is None or level.lo is not None:
        return None
    if value is None or not short:
        return level.target
    return value + short if level.higher_is_better else value - short


def _exceeds(level: Level | None, value: Fraction | None) -> bool:
    if level is None or value is None or level.target is None:
        return False
    return value != level.target and (value > level.target) is level.higher_is_better


def _is_waived(case: BreachCase | None, scope: str | None = None) -> bool:
    if case is None or case.state != BreachCase.State.WAIVED:
        return False
    return scope is None or case.waiver_scope == scope
