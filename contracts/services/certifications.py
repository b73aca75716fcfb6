from datetime import date

from django.core.exceptions import ValidationError

from contracts.models import Certification, Document, Vendor
from contracts.services.auditing import subject_of, vendor_of
from contracts.services.usable import refuse_archived, refuse_unused
from contracts.services.writing import assign, save, writing

_CHANGEABLE = frozenset(
    {"standard", "scope_words", "issuer", "issued_on", "expires_on", "evidence"}
)


def certification_create(
    *,
    vendor: Vendor,
    standard: str,
    issued_on: date,
    expires_on: date | None = None,
    scope_words: str = "",
    issuer: str = "",
    evidence: Document | None = None,
) -> Certification:
    """A new certification. Raises ValidationError, also for one that is registered already, and
    for a vendor that is archived."""
    certification = Certification(
        vendor=vendor,
        standard=standard,
        scope_words=scope_words,
        issuer=issuer,
        issued_on=issued_on,
        expires_on=expires_on,
        evidence=evidence,
    )
    _refuse(certification)
    with writing():
        refuse_unused(certification, "vendor")
        save(certification)
    return certification


def certification_change(*, certification: Certification, **values: object) -> Certification:
    """Change anything but the vendor. Raises ValidationError, also for one that is archived."""
    refuse_archived(certification)
    before = certification.evidence_id
    with writing():
        assign(certification, values, _CHANGEABLE)
        _refuse(certification, before)
        save(certification)
    return certification


def _refuse(certification: Certification, evidence_before: int | None = None) -> None:
    errors, issued = {}, certification.issued_on
    if certification.expires_on is not None and certification.expires_on < issued:
        errors["expires_on"] = f"This lies before {issued}, when it was issued."
    if certification.evidence_id != evidence_before and (fault := _evidence_fault(certification)):
        errors["evidence"] = fault
    if errors:
        raise ValidationError(errors)


def _evidence_fault(certification: Certification) -> str:
    evidence = certification.evidence
    if evidence is None:
        return ""
    if vendor_of(evidence) != certification.vendor_id:
        return "This document belongs to another vendor."
    if evidence.subject != subject_of(certification.vendor) or evidence.archived_at:
        return f"This document is not among those of {certification.vendor}: attach it there."
    return ""
