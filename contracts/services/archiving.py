"""Taking records out of use, and back: nothing that figures or agreements rest on is deleted."""

from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError

from contracts.models import Certification, Contact, Contract, Process, Vendor
from contracts.services.writing import lock, save, writing

_R = TypeVar("_R", Vendor, Contract, Process, Contact, Certification)


def vendor_archive(*, vendor: Vendor, as_of: datetime, reason: str = "") -> Vendor:
    """Raises ValidationError while contracts with the vendor are in use."""
    with writing():
        lock(vendor)
        _refuse_used(vendor.contracts.filter(archived_at__isnull=True), "reference", "contract")
        return _archive(vendor, as_of, reason)


def vendor_restore(*, vendor: Vendor) -> Vendor:
    return _restore(vendor)


def contract_archive(*, contract: Contract, as_of: datetime, reason: str = "") -> Contract:
    """Raises ValidationError while contracts or processes under it are in use."""
    with writing():
        lock(contract)
        _refuse_used(contract.children.filter(archived_at__isnull=True), "reference", "contract")
        _refuse_used(contract.processes.filter(archived_at__isnull=True), "code", "process")
        return _archive(contract, as_of, reason)


def contract_restore(*, contract: Contract) -> Contract:
    """Raises ValidationError while its vendor or the contract above it is archived."""
    _refuse_archived(contract.vendor, "vendor")
    _refuse_archived(contract.parent, "contract")
    return _restore(contract)


def process_archive(*, process: Process, as_of: datetime, reason: str = "") -> Process:
    return _archive(process, as_of, reason)


def process_restore(*, process: Process) -> Process:
    """Raises ValidationError while its contract is archived."""
    _refuse_archived(process.contract, "contract")
    return _restore(process)


def contact_archive(*, contact: Contact, as_of: datetime, reason: str = "") -> Contact:
    return _archive(contact, as_of, reason)


def contact_restore(*, contact: Contact) -> Contact:
    """Raises ValidationError while its vendor is archived, or has another of that name."""
    _refuse_archived(contact.vendor, "vendor")
    return _restore(contact)


def certification_archive(
    *, certification: Certification, as_of: datetime, reason: str = ""
) -> Certification:
    return _archive(certification, as_of, reason)


def certification_restore(*, certification: Certification) -> Certification:
    """Raises ValidationError while its vendor is archived, or where it is registered again."""
    _refuse_archived(certification.vendor, "vendor")
    return _restore(certification)


def _archive(record: _R, as_of: datetime, reason: str) -> _R:
    with writing():
        lock(record)
        if record.archived_at:
            raise ValidationError(f"{record} is archived already.")
        record.archived_at = as_of
        save(record, action="archived", reason=reason)
    return record


def _restore(record: _R) -> _R:
    with writing():
        lock(record)
        if not record.archived_at:
            raise ValidationError(f"{record} is in use already.")
        record.archived_at = None
        save(record, action="restored")
    return record


def _refuse_used(records: Any, code: str, noun: str) -> None:
    codes = list(records.order_by(code).values_list(code, flat=True)[:6])
    if codes:
        raise ValidationError(
            f"It is still used by {noun} {', '.join(codes[:5])}{' and more' * (len(codes) > 5)}: "
            "archive what uses it first."
        )


def _refuse_archived(owner: Any, noun: str) -> None:
    if owner is not None and owner.archived_at:
        raise ValidationError(f"Its {noun} {owner} is archived: restore that first.")
