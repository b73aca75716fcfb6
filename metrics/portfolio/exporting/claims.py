"""The days for claims of a contract, as a file states them."""

from metrics.models import ClaimTerms
from metrics.portfolio.editing.entries import Entry
from metrics.portfolio.exporting.concise import concise
from metrics.portfolio.shapes import Shape
from metrics.portfolio.shapes.claims import (
    ClaimsShape,
    CreditDaysShape,
    DisputeDaysShape,
    ReliefDaysShape,
)

_KINDS: dict[str, type[Shape]] = {
    "dispute": DisputeDaysShape,
    "relief": ReliefDaysShape,
    "credit": CreditDaysShape,
}


def claims_stated(line: ClaimTerms) -> Entry:
    """One dated line; what each kind has by itself is left out."""
    number = line.amendment.number if line.amendment else None
    stated: Entry = {"valid_from": line.valid_from, "amendment": number}
    for kind, shape in _KINDS.items():
        days, start = getattr(line, f"{kind}_days"), getattr(line, f"{kind}_from")
        stated[kind] = concise({"days": days, "from": start}, shape) or None
    return concise(stated, ClaimsShape)
