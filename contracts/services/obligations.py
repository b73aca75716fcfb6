"""Obligations: noted, changed, and on each due day fulfilled or waived."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError

from contracts.models import Contract, Document, Obligation, ObligationOutcome, Process, Vendor
from contracts.models.managed import ManagedBy
from contracts.selectors.obligations import days_due
from contracts.services.acting import actor
from contracts.services.auditing import vendor_of
from contracts.services.terms import EARLIEST, LATEST
from contracts.services.usable import refuse_archived, refuse_unused
from contracts.services.writing import assign, lock, save, touch, writing

TERMS = (
    "title",
    "kind",
    "clause",
    "owed_by",
    "owner",
    "first_due",
    "event",
    "offset",
    "offset_unit",
    "every",
    "every_unit",
    "last_due",
    "followed_from",
    "lead_days",
    "needs_evidence",
    "is_internal",
)
_CHANGEABLE = frozenset({*TERMS, "archived_at"})


def obligation_create(
    *,
    code: str,
    title: str,
    vendor: Vendor | None = None,
    contract: Contract | None = None,
    process: Process | None = None,
    managed_by: str = ManagedBy.PERSON,
    **terms: Any,
) -> Obligation:
    """A new obligation of one of contract, process and vendor; ``terms``: any of ``TERMS``.

    Raises ValidationError, also for a code that is taken and for what is archived.
    """
    obligation = Obligation(
        code=code,
        title=title,
        vendor=vendor,
        contract=contract,
        process=process,
        managed_by=managed_by,
    )
    assign(obligation, terms, _CHANGEABLE)
    if sum(each is not None for each in (vendor, contract, process)) != 1:
        raise ValidationError("State one of contract, process and vendor: what it belongs to.")
    _place(obligation)
    _refuse(obligation)
    with writing():
        refuse_unused(obligation, "vendor", "contract", "process")
        save(obligation)
    return obligation


def obligation_change(*, obligation: Obligation, **values: object) -> Obligation:
    """Change anything but the code and what it belongs to. What was done stays as it was done.

    Raises ValidationError.
    """
    with writing():
        if "archived_at" not in values:
            refuse_archived(obligation)
        assign(obligation, values, _CHANGEABLE)
        _refuse(obligation)
        save(obligation)
    return obligation


def obligation_fulfil(
    *,
    obligation: Obligation,
    due_on: date,
    done_on: date,
    as_of: datetime,
    evidence: Document | None = None,
    note: str = "",
) -> ObligationOutcome:
    """Note that what was due on ``due_on`` was done on ``done_on``.

    Raises ValidationError for a day on which nothing is due or that is dealt with, for a day to
    come, and without evidence where that is required.
    """
    if done_on > as_of.date():
        raise ValidationError({"done_on": f"{done_on} has not come yet: note it once it is done."})
    _refuse_evidence(obligation, evidence)
    return _outcome(
        obligation,
        ObligationOutcome(
            due_on=due_on,
            kind=ObligationOutcome.Kind.FULFILLED,
            done_on=done_on,
            evidence=evidence,
            note=note,
        ),
        as_of,
    )


def obligation_waive(
    *, obligation: Obligation, due_on: date, as_of: datetime, reason: str
) -> ObligationOutcome:
    """Note that what was due on ``due_on`` is not asked for, and why. Raises ValidationError."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is waived."})
    kind = ObligationOutcome.Kind.WAIVED
    made = ObligationOutcome(due_on=due_on, kind=kind, done_on=as_of.date(), note=reason)
    return _outcome(obligation, made, as_of)


def _outcome(obligation: Obligation, made: ObligationOutcome, as_of: datetime) -> ObligationOutcome:
    refuse_archived(obligation)
    with writing():
        lock(obligation)
        _refuse_day(obligation, made.due_on, as_of.date())
        made.obligation, made.by = obligation, actor().name[:200]
        save(made, action=made.kind, reason=made.note)
        touch(obligation)
    return made


def _refuse_day(obligation: Obligation, due_on: date, today: date) -> None:
    days = days_due(obligation, today=today, until=max(due_on, today))
    if due_on not in days:
        near = min(days, key=lambda day: abs((day - due_on).days), default=None)
        way_out = f"the nearest day is {near}" if near else "it is not due yet"
        raise ValidationError({"due_on": f"Nothing is due on {due_on}: {way_out}."})


def _place(obligation: Obligation) -> None:
    """The vendor whose obligation it is, so that they see it and nobody else's vendor does."""
    contract = obligation.contract
    if obligation.process is not None:
        contract = obligation.process.contract
    if contract is not None:
        obligation.vendor = contract.vendor


def _refuse(obligation: Obligation) -> None:
    errors = {}
    for name in ("first_due", "last_due", "followed_from"):
        day = getattr(obligation, name)
        if day is not None and not EARLIEST <= day <= LATEST:
            errors[name] = f"{day} cannot be meant: state a day from {EARLIEST} to {LATEST}."
    if obligation.event and obligation.contract is None:
        errors["event"] = "Only a contract has terms: state the first day it is due."
    if obligation.event == Obligation.Event.NOTICE and not obligation.is_internal:
        errors["is_internal"] = "The vendor does not see notice dates: keep this from them, too."
    first, last = obligation.first_due, obligation.last_due
    if first and last and last < first:
        errors["last_due"] = f"It would end before it is due first, on {first}."
    if obligation.owed_by == Obligation.Owes.VENDOR and obligation.vendor is None:
        errors["owed_by"] = "No vendor works on this process: it is ours to do."
    if errors:
        raise ValidationError(errors)


def _refuse_evidence(obligation: Obligation, evidence: Document | None) -> None:
    if evidence is None:
        if obligation.needs_evidence:
            raise ValidationError(
                {"evidence": "It has to be shown: attach the document and name it."}
            )
        return
    if vendor_of(evidence) != obligation.vendor_id:
        raise ValidationError({"evidence": "This document belongs to another vendor."})
    if evidence.archived_at:
        raise ValidationError({"evidence": "This document was put away: attach it again."})
