"""Proposed credit terms and rules, checked like those that are stored, never saved."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

from contracts.models import Contract
from metrics.backtests.lines import rules_cut, terms_cut
from metrics.credits.facts import governed_by
from metrics.credits.stated import beyond_pool, rule_problems, terms_problems
from metrics.models import CreditRule, CreditTerms, Kpi, ServiceLevel
from metrics.portfolio.items import Item, Portfolio
from metrics.portfolio.reconcile.credits import faults_refuse, rule_values, terms_values
from metrics.portfolio.reconcile.run import Run
from metrics.portfolio.shapes import ContractShape, KpiShape

Stated = Callable[[Item[Any]], Mapping[str, Any]]
Levels = Mapping[int, Sequence[ServiceLevel]]


@dataclass
class CreditLines:
    """``terms`` by contract and ``rules`` by KPI, each with what held before, where a file states
    any. Refusals are kept in ``run``. Lines that are not stored have numbers below 0."""

    run: Run
    since: date
    terms: dict[int, list[CreditTerms]] = field(default_factory=dict)
    rules: dict[int, list[CreditRule]] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(-1, -1))

    def read(
        self,
        portfolio: Portfolio,
        kpis: Mapping[str, Kpi],
        contracts: Mapping[str, Contract],
        stated: Stated,
        levels: Levels,
    ) -> None:
        """Take the lines of every entry of ``portfolio`` that states some."""
        for item in portfolio.contracts:
            if stated(item).get("credits") and not item.place.is_troubled:
                self._terms(item, contracts[item.shape.reference])
        for kpi_item in portfolio.kpis:
            if stated(kpi_item).get("credit") and not kpi_item.place.is_troubled:
                kpi = kpis[kpi_item.shape.code]
                self._rules(kpi_item, kpi, levels.get(kpi.pk))
        self._pools(portfolio, kpis, contracts)

    def _terms(self, item: Item[ContractShape], contract: Contract) -> None:
        proposed: list[CreditTerms] = []
        for number, shape in enumerate(item.shape.credits):
            values = terms_values(self.run, item, contract, number, shape)
            if values is None:
                continue
            day = shape.valid_from or contract.first_day
            line = CreditTerms(pk=next(self._numbers), contract=contract, valid_from=day, **values)
            faults_refuse(self.run, item, ("credits", number), terms_problems(line))
            proposed.append(line)
        stored = contract.credit_terms.order_by("valid_from")
        self.terms[contract.pk] = terms_cut(contract, stored, proposed, self.since)

    def _rules(self, item: Item[KpiShape], kpi: Kpi, levels: Sequence[ServiceLevel] | None) -> None:
        proposed: list[CreditRule] = []
        contract = kpi.governing_contract
        terms = self.terms.get(contract.pk) if contract else None
        start = max(self.since, kpi.first_day)
        for number, shape in enumerate(item.shape.credit):
            values = rule_values(self.run, item, kpi, number, shape)
            if values is None:
                continue
            line = CreditRule(
                pk=next(self._numbers), kpi=kpi, valid_from=shape.valid_from or start, **values
            )
            found = rule_problems(line, levels=levels, terms=terms)
            faults_refuse(self.run, item, ("credit", number), found)
            proposed.append(line)
        stored = kpi.credit_rules.order_by("valid_from")
        self.rules[kpi.pk] = rules_cut(stored, proposed, start)

    def _pools(
        self, portfolio: Portfolio, kpis: Mapping[str, Kpi], contracts: Mapping[str, Contract]
    ) -> None:
        """Refuse allocations beyond a pool, at the first entry that the contract has here."""
        if self.run.problems:
            return
        told: set[int] = set()
        items: list[tuple[Item[Any], Contract | None, str]] = [
            *((item, contracts[item.shape.reference], "credits") for item in portfolio.contracts),
            *(
                (item, kpis[item.shape.code].governing_contract, "credit")
                for item in portfolio.kpis
            ),
        ]
        for item, contract, key in items:
            if contract is None or contract.pk in told:
                continue
            told.add(contract.pk)
            for said in self._beyond(contract):
                self.run.refuse(
                    item, key, message=said, hint="lower an allocation, or raise the pool"
                )

    def _beyond(self, contract: Contract) -> list[str]:
        governed = CreditRule.objects.filter(governed_by(contract, "kpi__"), kpi__archived_at=None)
        stored = governed.select_related("kpi")
        changed = [line for lines in self.rules.values() for line in lines]
        rules = [line for line in stored if line.kpi_id not in self.rules]
        rules += [line for line in changed if _governs(contract, line.kpi)]
        if contract.pk not in self.terms and not any(line.pk < 0 for line in rules):
            return []
        terms = self.terms.get(contract.pk)
        agreed = list(contract.credit_terms.order_by("valid_from")) if terms is None else terms
        return beyond_pool(sorted(rules, key=lambda line: line.valid_from), agreed)


def _governs(contract: Contract, kpi: Kpi) -> bool:
    governing = kpi.governing_contract
    return governing is not None and governing.pk == contract.pk
