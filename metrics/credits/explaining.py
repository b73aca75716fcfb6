"""A posting as lines that a contract manager can paste into a mail."""

from collections.abc import Iterator

from metrics.credits.agreed import purse_of
from metrics.models import CreditEntry, CreditRule, CreditTerms


def credit_steps(entry: CreditEntry) -> list[str]:
    """What was posted, for which period of service, by which clauses, and every step of how."""
    return list(_lines(entry))


def _lines(entry: CreditEntry) -> Iterator[str]:
    amount = purse_of(entry.contract).says(entry.amount_minor)
    yield f"{entry.get_kind_display()} of {amount}, contract {entry.contract.reference}"
    yield f"Period of service: {entry.first_day} to {entry.last_day}"
    yield from _clauses(entry)
    yield from entry.steps
    if entry.corrects is not None:
        before = purse_of(entry.contract).says(entry.corrects.amount_minor)
        yield f"It corrects the posting of {before} on {entry.corrects.posted_at:%Y-%m-%d}."


def _clauses(entry: CreditEntry) -> Iterator[str]:
    if entry.rule is not None:
        yield f"Rule: {entry.rule.get_kind_display().lower()}{_agreed(entry.rule)}"
    if entry.terms is not None:
        yield f"Credit terms{_agreed(entry.terms)}"


def _agreed(line: CreditRule | CreditTerms) -> str:
    clause = f", clause {line.clause}" if line.clause else ""
    amendment = f", amendment {line.amendment.number}" if line.amendment else ""
    return f"{clause}, in force from {line.valid_from}{amendment}"
