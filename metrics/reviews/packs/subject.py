"""What a pack is about, and for whom one copy of it is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from contracts.models import Contract, Vendor
from contracts.selectors.scope import EVERYTHING, Scope
from metrics.models import PackCopy, Review
from metrics.selectors.spans import Span


@dataclass(frozen=True, slots=True)
class PackSubject:
    """A vendor's work in ``span`` under ``contracts``, for ``review`` if there is one."""

    vendor: Vendor
    contracts: Sequence[Contract]
    is_narrowed: bool
    span: Span
    review: Review | None
    edition: int
    built_at: datetime
    built_by: str

    @property
    def today(self) -> date:
        return self.built_at.date()


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom a copy is made; ``scope`` is what its readers may see, and nothing else is read."""

    name: str
    scope: Scope

    @property
    def is_internal(self) -> bool:
        return self.scope.is_internal


def audiences(vendor: Vendor) -> tuple[Audience, Audience]:
    """The vendor's own view, through the vendor's own scope, and the buyer's."""
    return (
        Audience(PackCopy.Audience.SHARED, Scope(frozenset({vendor.pk}))),
        Audience(PackCopy.Audience.INTERNAL, EVERYTHING),
    )
