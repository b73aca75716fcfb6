"""New terms of a KPI from a day on: by an amendment, checked and written as files would."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.core.exceptions import ValidationError

from contracts.models import Amendment
from contracts.models.managed import ManagedBy
from contracts.services.contracts import amendment_create
from metrics.models import Kpi, KpiDefinition, ServiceLevel
from metrics.portfolio.editing.entries import Entry, entry_of
from metrics.portfolio.editing.findings import EditRefusedError, Finding
from metrics.portfolio.editing.kpis import kpi_refuse_foreign
from metrics.portfolio.editing.running import editing, entry_apply, refused
from metrics.portfolio.reconcile.kpis import reconcile_lines

_Line = TypeVar("_Line", KpiDefinition, ServiceLevel)
LINE = "line"  # the first step of a finding about the new line itself
AMENDMENT = "new_amendment"  # and of one about the amendment registered with it


@dataclass(frozen=True, slots=True)
class NewAmendment:
    """An amendment that is registered together with the terms it changes."""

    number: int
    title: str
    effective_from: date
    signed_on: date | None = None


def level_amend(
    *,
    kpi: Kpi,
    line: Entry,
    as_of: datetime,
    amendment: NewAmendment | None = None,
    plan_only: bool = False,
) -> ServiceLevel:
    """A service level of ``kpi`` from ``line["valid_from"]`` on, which has the keys of one in a
    portfolio file. Without a day of its own it holds from when its amendment takes effect. A level
    of that very day is corrected, as long as no figure rests on it.

    Open periods that begin on that day or later are judged anew; final figures stay, and are
    flagged. ``plan_only`` makes the same change and takes it back. Raises EditRefusedError whose
    paths begin with ``LINE`` or ``AMENDMENT`` where they are about these.
    """
    return _amend(kpi, "service_levels", line, as_of, amendment, plan_only, _level_from)


def definition_amend(
    *,
    kpi: Kpi,
    line: Entry,
    as_of: datetime,
    amendment: NewAmendment | None = None,
    plan_only: bool = False,
) -> KpiDefinition:
    """How ``kpi`` is measured from ``line["valid_from"]`` on; otherwise like ``level_amend``.

    A new length of period, anchor or zone begins after all that has a figure.
    """
    return _amend(kpi, "definitions", line, as_of, amendment, plan_only, _definition_from)


def _amend(
    kpi: Kpi,
    section: str,
    line: Entry,
    as_of: datetime,
    amendment: NewAmendment | None,
    plan_only: bool,
    written: Callable[[Kpi, date], _Line],
) -> _Line:
    with editing(plan_only=plan_only):
        kpi_refuse_foreign(kpi)
        if amendment:
            _register(kpi, amendment)
            line = line | {"amendment": amendment.number}
        line = line | {"valid_from": line.get("valid_from") or _takes_effect(kpi, line)}
        entry = entry_of(kpi)
        place = _placed(entry[section], line)
        try:
            entry_apply(entry, reconcile_lines, as_of=as_of)
        except EditRefusedError as error:
            raise _about_the_line(error, section, place) from error
        found = written(kpi, line["valid_from"])
    return found


def _takes_effect(kpi: Kpi, line: Entry) -> date:
    """The day of the line's amendment, which holds where the line states none of its own."""
    found = kpi.contract.amendments if kpi.contract else Amendment.objects.none()
    number = line.get("amendment")
    stated = found.filter(number=number).first() if number is not None else None
    if stated is None:
        raise refused(
            "the day is missing from which it holds", "state valid_from", LINE, "valid_from"
        )
    return stated.effective_from


def _level_from(kpi: Kpi, day: date) -> ServiceLevel:
    lines = ServiceLevel.objects.select_related("amendment", "kpi")
    return lines.get(kpi=kpi, valid_from=day)


def _definition_from(kpi: Kpi, day: date) -> KpiDefinition:
    lines = KpiDefinition.objects.select_related("amendment", "calendar", "kpi")
    return lines.get(kpi=kpi, valid_from=day)


def _placed(lines: list[Entry], line: Entry) -> int:
    """Put ``line`` in the place of the one that begins on its day, or at the end; say where."""
    for number, each in enumerate(lines):
        if each["valid_from"] == line.get("valid_from"):
            lines[number] = line
            return number
    lines.append(line)
    return len(lines) - 1


def _register(kpi: Kpi, amendment: NewAmendment) -> None:
    contract = kpi.contract
    if contract is None:
        message = "the KPI belongs to no contract that could be amended"
        raise refused(message, "state the new terms without an amendment", AMENDMENT)
    if contract.managed_by == ManagedBy.PORTFOLIO:
        message = f"portfolio files manage contract '{contract.reference}'"
        raise refused(message, "add the amendment there, apply them, and choose it here", AMENDMENT)
    try:
        amendment_create(
            contract=contract,
            number=amendment.number,
            title=amendment.title,
            signed_on=amendment.signed_on,
            effective_from=amendment.effective_from,
        )
    except ValidationError as error:
        raise EditRefusedError(_of_amendment(error)) from error


def _of_amendment(error: ValidationError) -> list[Finding]:
    return [
        Finding((AMENDMENT,) if name == "__all__" else (AMENDMENT, name), message.rstrip("."))
        for name, messages in error.message_dict.items()
        for message in messages
    ]


def _about_the_line(error: EditRefusedError, section: str, place: int) -> EditRefusedError:
    """Findings about the new line lead to it, wherever it was put among the others."""
    here = (section, place)
    return EditRefusedError(
        Finding((LINE, *each.path[2:]), each.message, each.hint) if each.path[:2] == here else each
        for each in error.findings
    )
