"""What one run of applying keeps: what there is, what was changed, what was refused."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model

from contracts.models import Amendment, Calendar, Contract, Process, Vendor
from contracts.models.managed import Managed, ManagedBy
from kpotracker.toolkit.fields import plain_decimal
from metrics.models import Feed, Kpi
from metrics.portfolio.items import Item, Portfolio
from metrics.portfolio.known import Known
from metrics.portfolio.plan import Action, Change, FieldChange
from metrics.portfolio.problems import Problem
from metrics.portfolio.shapes import NOUNS, Shape

M = TypeVar("M", bound=Managed)
R = TypeVar("R")
BY_PERSON = "remove it from the files, which may still refer to it, or state one with a new code"
BY_FILES = "change it in the files and apply them"


class Run:
    """Look-ups by code over what the database has now, and the collected outcome.

    ``managed_by``: on whose behalf it runs; what the others manage is not overwritten.
    """

    def __init__(
        self,
        portfolio: Portfolio,
        known: Known,
        as_of: datetime,
        managed_by: str = ManagedBy.PORTFOLIO,
    ) -> None:
        self.portfolio = portfolio
        self.known = known
        self.as_of = as_of
        self.managed_by = managed_by
        self.changes: list[Change] = []
        self.problems: list[Problem] = []
        self.not_in_files: list[tuple[str, str]] = []
        self._amendments: dict[int, dict[int, Amendment]] = {}
        self.vendors = _by_code(Vendor, "code")
        self.calendars = _by_code(Calendar, "code")
        self.contracts = _by_code(Contract, "reference")
        self.processes = _by_code(Process, "code")
        self.kpis = _by_code(Kpi, "code")
        self.feeds = _by_code(Feed, "code")

    def amendments_of(self, contract: Contract | None) -> dict[int, Amendment]:
        """A contract's amendments by number, once the contracts are as the files state them."""
        if contract is None:
            return {}
        if contract.pk not in self._amendments:
            found = {line.number: line for line in contract.amendments.all()}
            self._amendments[contract.pk] = found
        return self._amendments[contract.pk]

    def note(
        self, action: Action, section: str, code: str, fields: Iterable[FieldChange] = ()
    ) -> None:
        self.changes.append(Change(action, NOUNS[section], code, tuple(fields)))

    def refuse(self, item: Item[Shape], *steps: str | int, message: str, hint: str) -> None:
        self.problems.append(item.problem(*steps, message=message, hint=hint))

    def attempt(self, item: Item[Shape], work: Callable[[], R]) -> R | None:
        """Do ``work``; what the models themselves refuse becomes a problem of ``item``, unless
        it has one already, from which this one would follow."""
        try:
            return work()
        except ValidationError as error:
            if not item.place.is_troubled:
                for message in _messages(error):
                    self.refuse(item, message=message, hint="correct the entry")
            return None

    def owns(self, existing: Managed | None) -> bool:
        """Whether this object is there, and managed by whom this runs for."""
        return existing is not None and existing.managed_by == self.managed_by

    def may_change(self, item: Item[Shape], existing: Managed) -> bool:
        """Whether this object may be changed; refused where somebody else manages it."""
        if self.owns(existing):
            return True
        if self.managed_by == ManagedBy.PORTFOLIO:
            message = "a person manages this one: the files do not overwrite it"
            self.refuse(item, message=message, hint=BY_PERSON)
        else:
            message = "portfolio files manage this one: pages do not overwrite it"
            self.refuse(item, message=message, hint=BY_FILES)
        return False

    def reconcile(
        self,
        section: str,
        item: Item[Shape],
        existing: M | None,
        values: Mapping[str, Any],
        create: Callable[[], M],
        change: Callable[[M, Mapping[str, Any]], M],
    ) -> M | None:
        """Create the object, or change the fields that differ; None where that was refused."""
        code = item.place.code
        if existing is None:
            self.note(Action.CREATE, section, code, stated(values))
            return self.attempt(item, create)
        if not self.may_change(item, existing):
            return None
        differing = differences(existing, values)
        if not differing:
            self.note(Action.UNCHANGED, section, code)
            return existing
        self.note(Action.CHANGE, section, code, compared(existing, differing))
        return self.attempt(item, lambda: change(existing, differing))


def _messages(error: ValidationError) -> list[str]:
    if not hasattr(error, "error_dict"):
        return error.messages
    return [f"{name}: {said}" for name, found in error.message_dict.items() for said in found]


def is_ours(existing: Managed | None) -> bool:
    """Whether this object is there, and managed by portfolio files."""
    return existing is not None and existing.managed_by == ManagedBy.PORTFOLIO


def _by_code(model: type[M], name: str) -> dict[str, M]:
    related = [f.name for f in model._meta.concrete_fields if f.is_relation]
    rows = model._default_manager.select_related(*related) if related else model._default_manager
    return {getattr(found, name): found for found in rows.all()}


def differences(existing: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that differ from what is stored; an archived object comes back into use."""
    found = {name: value for name, value in values.items() if getattr(existing, name) != value}
    if getattr(existing, "archived_at", None) is not None:
        found["archived_at"] = None
    return found


def stated(values: Mapping[str, Any]) -> list[FieldChange]:
    """The fields of something new that hold anything."""
    fields = [FieldChange(name, "", shown(value)) for name, value in values.items()]
    return [change for change in fields if change.new]


def compared(existing: Model, values: Mapping[str, Any]) -> list[FieldChange]:
    """Old and new of each field in ``values``."""
    return [
        FieldChange(name, shown(getattr(existing, name)), shown(value))
        for name, value in values.items()
    ]


def shown(value: object) -> str:
    """A value as people read it in a plan."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return ", ".join(f"{key}: {shown(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(f"[{shown(v)}]" if isinstance(v, list) else shown(v) for v in value)
    return str(value)
