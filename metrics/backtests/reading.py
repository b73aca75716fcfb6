"""A terms file to what it proposes, or every problem of it together.

The file is a portfolio file that states only what changes. It is read, shaped and checked like
one; what a back-test cannot judge is refused by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from contracts.models import Contract
from contracts.selectors import scope as contracts_scope
from contracts.selectors.lookups import unknown
from contracts.selectors.scope import Scope
from metrics.backtests.credit_lines import CreditLines
from metrics.backtests.lines import definitions_proposed, levels_proposed
from metrics.backtests.overlaying import (
    MEASURED,
    contract_overlaid,
    kpi_overlaid,
)
from metrics.backtests.refusals import (
    contract_problems,
    entry_problem,
    fixed_problems,
    measured_problems,
    relief_problem,
    section_problems,
    treatment_of,
    treatment_problems,
)
from metrics.evaluation.terms import Terms, terms_of
from metrics.models import CreditRule, CreditTerms, Kpi
from metrics.portfolio.checks import cross_check
from metrics.portfolio.items import Item, Portfolio, gather
from metrics.portfolio.known import Known
from metrics.portfolio.problems import PortfolioError, Problem
from metrics.portfolio.reader import Document, Key, read_text
from metrics.portfolio.reader_json import read_json
from metrics.portfolio.reconcile.run import Run
from metrics.portfolio.shapes import KpiShape
from metrics.selectors import scope as scoped

_KEYS: Final = {"kpis": "code", "contracts": "reference"}


@dataclass(frozen=True)
class KpiProposal:
    """A KPI under proposed terms. ``terms``: its dated lines, the proposed ones among them.

    ``is_measured_anew``, ``is_levelled``: whether how it is measured, and its levels, are proposed;
    ``treatment``: of all its relief, None as it was granted; ``start``: the first day of what is
    proposed.
    """

    terms: Terms
    start: date
    is_measured_anew: bool = False
    is_levelled: bool = False
    treatment: str | None = None


@dataclass(frozen=True)
class Proposal:
    """``kpis``: those whose figures are judged anew, by id. ``rules``: the proposed credit rules of KPIs, and ``credit_terms`` those of
    contracts, with what held before, by id. ``contracts``: every contract that may be touched."""

    kpis: Mapping[int, KpiProposal]
    rules: Mapping[int, Sequence[CreditRule]]
    credit_terms: Mapping[int, Sequence[CreditTerms]]
    contracts: Mapping[int, Contract]


def proposal_read(
    *, text: str, is_json: bool, since: date, scope: Scope, as_of: datetime
) -> Proposal:
    """What ``text`` proposes from ``since`` on, of what ``scope`` sees.

    Raises PortfolioError with every problem of it.
    """
    document, problems = (read_json if is_json else read_text)("terms", text)
    reading = _Reading(document, since, scope, as_of, [*problems, *section_problems(document)])
    return reading.proposal()


@dataclass
class _Reading:
    """One file on its way to a proposal; ``problems`` are collected on it."""

    document: Document
    since: date
    scope: Scope
    as_of: datetime
    problems: list[Problem]
    kpis: dict[str, Kpi] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    left_out: set[Key] = field(default_factory=set)

    def proposal(self) -> Proposal:
        whole = self._whole()
        portfolio, found = gather([whole])
        self.problems += [each for each in found if each.path[:2] not in self.left_out]
        known = Known(portfolio)
        self.problems += cross_check(portfolio, known)
        run = Run(portfolio, known, self.as_of)
        kpis = {
            self.kpis[item.shape.code].pk: proposed
            for item in portfolio.kpis
            if (proposed := self._kpi(item, run))
        }
        lines = CreditLines(run, self.since)
        levels = {pk: each.terms.levels for pk, each in kpis.items()}
        lines.read(portfolio, self.kpis, self.contracts, self._stated, levels)
        self.problems += run.problems
        if not self.problems and not (kpis or lines.rules or lines.terms):
            self.problems.append(self._nothing())
        if self.problems:
            raise PortfolioError(self.problems)
        return Proposal(kpis, lines.rules, lines.terms, self._touched(portfolio))

    def _whole(self) -> Document:
        """The file with each entry laid over what stands; entries that cannot be are left out."""
        data: dict[str, Any] = {
            name: value for name, value in self.document.data.items() if name in _KEYS
        }
        for section in _KEYS:
            entries = data.get(section)
            if isinstance(entries, list):
                data[section] = [
                    self._entry(section, number, raw) for number, raw in enumerate(entries)
                ]
        return Document(self.document.file, data, self.document.lines, self.document.broken)

    def _entry(self, section: str, number: int, raw: Any) -> Any:
        found = self._record(section, number, raw)
        if found is None:
            self.left_out.add((section, number))
            return {}
        if isinstance(found, Kpi):
            start = max(self.since, found.first_day)
            self.problems += relief_problem(self.document, number, raw)
            self.problems += measured_problems(self.document, number, raw, found, start)
            return kpi_overlaid(raw, found, start)
        self.problems += contract_problems(self.document, number, raw, found)
        return contract_overlaid(raw, found, self.since)

    def _record(self, section: str, number: int, raw: Any) -> Kpi | Contract | None:
        """The KPI or contract that an entry names; refused where it names none that is seen."""
        key = _KEYS[section]
        code = raw.get(key) if isinstance(raw, dict) else None
        if code is None:
            self.problems.append(entry_problem(self.document, (section, number), key))
            return None
        found = self._seen(section, str(code))
        if found is None:
            path = (section, number, key)
            said = unknown(
                "KPI" if section == "kpis" else "contract", str(code), known=self._known(section)
            )
            message, _, hint = said.partition(": ")
            self.problems.append(
                Problem(self.document.file, self.document.line(path), "", message, hint, path)
            )
        return found

    def _seen(self, section: str, code: str) -> Kpi | Contract | None:
        if section == "kpis":
            rows = scoped.kpis(self.scope).select_related(
                "contract__vendor", "process__contract__vendor"
            )
            kpi = rows.filter(code=code).first()
            if kpi:
                self.kpis[code] = kpi
            return kpi
        contract = (
            contracts_scope.contracts(self.scope)
            .select_related("vendor", "parent", "notice_calendar")
            .filter(reference=code)
            .first()
        )
        if contract:
            self.contracts[code] = contract
        return contract

    def _known(self, section: str) -> list[str]:
        if section == "kpis":
            return list(scoped.kpis(self.scope).values_list("code", flat=True))
        seen = contracts_scope.contracts(self.scope)
        return list(seen.values_list("reference", flat=True))

    def _stated(self, item: Item[Any]) -> Mapping[str, Any]:
        """What the file itself says of an entry."""
        section, number = item.place.path
        raw: Mapping[str, Any] = self.document.data[str(section)][number]
        return raw

    def _kpi(self, item: Item[KpiShape], run: Run) -> KpiProposal | None:
        raw, shape = self._stated(item), item.shape
        kpi = self.kpis[shape.code]
        self.problems += fixed_problems(item, raw, kpi)
        stored = terms_of([kpi.pk])[kpi.pk]
        start = max(self.since, kpi.first_day)
        is_measured = any(name in raw for name in (*MEASURED, "definitions"))
        is_levelled = bool(raw.get("service_levels"))
        treatment = treatment_of(raw)
        if item.place.is_troubled or not (is_measured or is_levelled or treatment):
            return None
        amendments = run.amendments_of(kpi.contract)
        definitions, levels = stored.definitions, stored.levels
        if is_measured:
            definitions = definitions_proposed(
                shape,
                definitions,
                known=run.known.terms(shape.contract),
                calendars=run.calendars,
                amendments=amendments,
                start=start,
            )
        if is_levelled:
            levels = levels_proposed(shape, kpi, levels, amendments, start)
        terms = Terms(stored.kpi, definitions, levels)
        self.problems += treatment_problems(
            self.document, int(item.place.path[1]), raw, (line.measure for line in definitions)
        )
        return KpiProposal(terms, start, is_measured, is_levelled, treatment)

    def _touched(self, portfolio: Portfolio) -> dict[int, Contract]:
        named = [self.contracts[item.shape.reference] for item in portfolio.contracts]
        by_kpi = (self.kpis[item.shape.code].governing_contract for item in portfolio.kpis)
        return {each.pk: each for each in (*named, *by_kpi) if each}

    def _nothing(self) -> Problem:
        hint = (
            "state service_levels, definitions, relief or credit of a KPI, or credits of a contract"
        )
        return Problem(self.document.file, 0, "", "the file proposes nothing", hint)
