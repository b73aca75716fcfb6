"""Certifications as lists show them: what runs out first, first."""

from datetime import date, timedelta

from django.db.models import F, Q, QuerySet

from contracts.models import Certification, Document
from contracts.models.certifications import SOON_DAYS, Standing
from contracts.selectors import scope as scoped
from contracts.selectors.scope import Scope


def certifications_list(scope: Scope) -> QuerySet[Certification]:
    """Certifications of vendors in use, what runs out first at the top, undated ones last."""
    found = scoped.certifications(scope).filter(
        archived_at__isnull=True, vendor__archived_at__isnull=True
    )
    ordered = found.order_by(F("expires_on").asc(nulls_last=True), "vendor__name", "standard")
    return ordered.select_related("vendor", "evidence")


def certifications_running_out(
    scope: Scope, *, today: date, days: int = SOON_DAYS
) -> QuerySet[Certification]:
    """What has expired or will within ``days``."""
    return certifications_list(scope).filter(expires_on__lte=today + timedelta(days=days))


def standing_condition(standing: str, *, today: date) -> Q:
    """The condition for a ``Standing``, in the words of ``Certification.standing``."""
    soon = today + timedelta(days=SOON_DAYS)
    ahead = Q(expires_on__isnull=True) | Q(expires_on__gte=today)
    conditions = {
        Standing.EXPIRED: Q(expires_on__lt=today),
        Standing.FUTURE: ahead & Q(issued_on__gt=today),
        Standing.RUNNING_OUT: Q(issued_on__lte=today, expires_on__range=(today, soon)),
        Standing.VALID: Q(issued_on__lte=today)
        & (Q(expires_on__isnull=True) | Q(expires_on__gt=soon)),
    }
    return conditions[Standing(standing)]


def evidence_of(certification: Certification, scope: Scope) -> Document | None:
    """The certificate itself, unless it was put away or is kept from this reader."""
    evidence = certification.evidence
    if evidence is None or evidence.archived_at:
        return None
    return evidence if scope.is_internal or not evidence.is_internal else None
