"""What the files may refer to: what they state themselves, and what the database has."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from contracts.models import Amendment, Calendar, Contract, Process, Vendor
from contracts.models.managed import Managed
from metrics.portfolio.items import Item, Place, Portfolio
from metrics.portfolio.problems import Problem, closest
from metrics.portfolio.shapes import NOUNS, ContractShape

_MODELS: dict[str, tuple[type[Managed], str]] = {
    "vendors": (Vendor, "code"),
    "calendars": (Calendar, "code"),
    "contracts": (Contract, "reference"),
    "processes": (Process, "code"),
}
_ENDS = frozenset({"none", "express", "option"})


@dataclass(frozen=True, slots=True)
class Terms:
    """What the dated lines of KPIs need to know of their contract."""

    vendor: str
    first_day: date
    last_day: date | None
    zone: str
    renewal: str
    parent: str | None
    amendments: dict[int, date] = field(default_factory=dict)

    @property
    def measured_until(self) -> date | None:
        """The last day that its KPIs are measured; None where it goes on by itself."""
        return measured_until(self.last_day, self.renewal)


def measured_until(last_day: date | None, renewal: str) -> date | None:
    """The last day that a contract's KPIs are measured; None where it goes on by itself."""
    return last_day if renewal in _ENDS else None


class Known:
    """Look-ups over files and database together. A file's word counts where both have one.

    An entry whose shape is wrong is known to exist but has no terms: nothing is said about what
    depends on it.
    """

    def __init__(self, portfolio: Portfolio) -> None:
        self.portfolio = portfolio
        self._stored = {
            section: dict(model._default_manager.values_list(field, "archived_at"))
            for section, (model, field) in _MODELS.items()
        }
        self._terms = _stored_terms()
        for item in portfolio.contracts:
            self._terms[item.shape.reference] = _stated_terms(item, self._terms)
        self._broken = set(portfolio.named["contracts"]) - {
            item.shape.reference for item in portfolio.contracts
        }
        stored: dict[str, str | None] = dict(
            Process.objects.values_list("code", "contract__reference")
        )
        stated = {item.shape.code: item.shape.contract for item in portfolio.processes}
        self._process_contracts = stored | stated

    def terms(self, reference: str | None) -> Terms | None:
        """A contract's terms; None where there is none, or it is misshapen in the files."""
        if reference is None or reference in self._broken:
            return None
        return self._terms.get(reference)

    def contract_of_process(self, code: str) -> str | None:
        return self._process_contracts.get(code)

    def are_unrelated(self, one: str, other: str) -> bool:
        """Whether two contracts are neither the same nor parent and child, as far as is known."""
        terms, others = self.terms(one), self.terms(other)
        if one == other or terms is None or others is None:
            return False
        return terms.parent != other and others.parent != one

    def refuse_unknown(
        self, place: Place, section: str, code: str | None, *steps: str | int
    ) -> list[Problem]:
        """A problem where ``code`` is nowhere, or only in the archive."""
        if code is None or code in self.portfolio.named[section]:
            return []
        stored = self._stored[section]
        noun = NOUNS[section]
        if code not in stored:
            hint = nearest(code, {*stored, *self.portfolio.named[section]}, noun)
            message = f"{noun} '{code}' is neither in the files nor in the database"
            return [place.problem(*steps, message=message, hint=hint)]
        if stored[code] is not None:
            message = f"{noun} '{code}' is archived"
            hint = "state it in the files to use it again"
            return [place.problem(*steps, message=message, hint=hint)]
        return []


def nearest(code: str, known: Iterable[str], noun: str) -> str:
    close = closest(code, known)
    return f"did you mean '{close}'?" if close else f"add the {noun} to a file"


def _stored_terms() -> dict[str, Terms]:
    amendments: dict[str, dict[int, date]] = {}
    rows = Amendment.objects.values_list("contract__reference", "number", "effective_from")
    for reference, number, effective in rows:
        amendments.setdefault(reference, {})[number] = effective
    return {
        contract.reference: Terms(
            vendor=contract.vendor.code,
            first_day=contract.first_day,
            last_day=contract.last_day,
            zone=contract.zone,
            renewal=contract.renewal,
            parent=contract.parent.reference if contract.parent else None,
            amendments=amendments.get(contract.reference, {}),
        )
        for contract in Contract.objects.select_related("parent", "vendor")
    }


def _stated_terms(item: Item[ContractShape], stored: dict[str, Terms]) -> Terms:
    shape = item.shape
    before = stored.get(shape.reference)
    amendments = dict(before.amendments) if before else {}
    amendments |= {line.number: line.effective for line in shape.amendments}
    return Terms(
        vendor=shape.vendor,
        first_day=shape.first_day,
        last_day=shape.last_day,
        zone=shape.zone,
        renewal=shape.renewal.kind,
        parent=shape.parent,
        amendments=amendments,
    )
