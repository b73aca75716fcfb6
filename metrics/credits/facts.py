"""What the credits of a contract follow from, read in a fixed number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q

from contracts.models import Charge, Contract
from metrics.credits.agreed import engine_rule, engine_terms, purse_of
from metrics.engine import Level, Status, compared
from metrics.engine.credits import Charge as ChargeLine
from metrics.engine.credits import Days, Inputs, Outcome, Rule
from metrics.evaluation.terms import engine_level
from metrics.models import BreachCase, CreditChoice, CreditRule, CreditTerms, KpiPeriod

FAR_AHEAD: Final = date(9000, 12, 31)  # the end of a contract without one
_FINAL: Final = frozenset({KpiPeriod.Phase.FINAL, KpiPeriod.Phase.RESTATED})
_ENDS: Final = frozenset({Contract.Renewal.NONE, Contract.Renewal.EXPRESS, Contract.Renewal.OPTION})


@dataclass(frozen=True)
class Facts:
    """``heads``: the KPI periods that the outcomes of ``inputs`` tell of, by their number."""

    contract: Contract
    inputs: Inputs
    heads: Mapping[int, KpiPeriod]


def facts_of(contract: Contract, *, as_of: datetime, provisional: bool = False) -> Facts:
    """Everything that the ledger of a contract follows from now; six queries.

    ``provisional``: take figures as if they were final already, for an estimate.
    """
    lines = list(_rules_of(contract))
    rules = {line.pk: rule for line in lines if (rule := engine_rule(line))}
    heads = list(_heads(contract, lines))
    purse = purse_of(contract)
    terms = CreditTerms.objects.filter(contract=contract).order_by("valid_from")
    inputs = Inputs(
        contract=contract.pk,
        purse=purse,
        term=term_of(contract),
        terms=[engine_terms(line, purse) for line in terms],
        rules=rules,
        outcomes=[_outcome(head, _rule_at(lines, head), rules, provisional) for head in heads],
        charges=_charges(contract),
        today=as_of.astimezone(ZoneInfo(contract.zone)).date(),
        choices=_choices(contract),
    )
    return Facts(contract, inputs, {head.pk: head for head in heads})


def term_of(contract: Contract) -> Days:
    """The days that a contract runs; one that renews by itself goes on."""
    ends = contract.last_day if contract.renewal in _ENDS else None
    return Days(contract.first_day, ends or FAR_AHEAD)


def governed_by(contract: Contract, prefix: str = "") -> Q:
    """KPIs that a contract governs: its own, and those of its processes without one."""
    by_process = Q(**{f"{prefix}contract": None, f"{prefix}process__contract": contract})
    return Q(**{f"{prefix}contract": contract}) | by_process


def _rules_of(contract: Contract) -> Iterable[CreditRule]:
    return CreditRule.objects.filter(governed_by(contract, "kpi__")).order_by("valid_from")


def _heads(contract: Contract, lines: Sequence[CreditRule]) -> Iterable[KpiPeriod]:
    """Periods that ended, of KPIs with a rule."""
    found = KpiPeriod.objects.filter(kpi__in={line.kpi_id for line in lines})
    found = found.exclude(phase=KpiPeriod.Phase.RUNNING).exclude(current=None)
    return found.select_related("kpi", "current__level", "current__definition", "case")


def _rule_at(lines: Sequence[CreditRule], head: KpiPeriod) -> CreditRule | None:
    """The rule in force on the first day of a period."""
    begun = (
        line for line in lines if line.kpi_id == head.kpi_id and line.valid_from <= head.first_day
    )
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
    head: KpiPeriod, line: CreditRule | None, rules: Mapping[int, Rule], provisional: bool
) -> Outcome:
    """A head as credits see it: only a critical service level past its bedding-in carries one."""
    revision = head.current
    assert revision is not None  # the others are left out by the query
    level = engine_level(revision.level, head.first_day) if revision.level else None
    case = getattr(head, "case", None)
    rule = rules.get(line.pk) if line else None
    value = Fraction(revision.value) if revision.value else None
    shortfall = Fraction(revision.shortfall) if revision.shortfall else None
    seen = compared(value, level) if level and value is not None else value
    missed = head.is_breach or revision.consequence != "none"
    carries = level is not None and level.kind == "critical" and level.enforced
    return Outcome(
        number=head.pk,
        kpi=head.kpi_id,
        label=f"{head.kpi.name} {head.label}",
        days=Days(head.first_day, head.last_day),
        value=seen,
        target=_target(level, seen, shortfall),
        shortfall=shortfall,
        higher_is_better=level.higher_is_better if level else True,
        strict=level.strict if level else False,
        final=provisional or head.phase in _FINAL,
        failed=carries and rule is not None and (missed if rule.any_miss else head.is_breach),
        critical=revision.consequence == "critical",
        tallied=missed and not _is_waived(case, BreachCase.WaiverScope.REPETITION),
        met=revision.status == Status.MET,
        exceeded=revision.status == Status.MET and _exceeds(level, seen),
        waived=_is_waived(case),
        cause=case.incident_id if case else None,
        process=head.kpi.process_id,
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
