"""What the internal copy holds beside what both sides see: dates to act on, and on whose part."""

from contracts.models import Contract
from contracts.selectors.notice import next_notice
from metrics.reviews.packs.scores import Part
from metrics.reviews.packs.subject import PackSubject


def notice_parts(subject: PackSubject) -> list[Part]:
    """The next day on which each contract must be acted on, soonest first."""
    found = [part for each in subject.contracts if (part := _notice(each, subject))]
    return sorted(found, key=lambda part: str(part["serve_by"]) or "9999")


def _notice(contract: Contract, subject: PackSubject) -> Part | None:
    notice = next_notice(contract, today=subject.today)
    if notice is None:
        return None
    return {
        "contract": contract.reference,
        "title": contract.title,
        "purpose": notice.purpose,
        "serve_by": notice.serve_by.isoformat() if notice.serve_by else "",
        "days_left": notice.days_left(subject.today),
        "term_ends": notice.term_ends.isoformat(),
        "renewal": contract.get_renewal_display(),
    }
