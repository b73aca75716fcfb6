"""Scorecards by mail to people who do not sign in: who gets which edition, and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.core.validators import validate_email
from django.db.models import QuerySet

from contracts.models import Contract, User, Vendor
from contracts.services.writing import save, writing
from metrics.models import MailingRecipient, Scorecard, ScorecardLink, ScorecardMailing
from metrics.selectors.spans import month_of, quarter_of, span_between

MOST_RECIPIENTS = 50
_LOOKS_BACK = timedelta(days=92)  # longer than the longest wait: older editions are history
_signer = Signer(salt="metrics.scorecards.unsubscribe")


@dataclass(frozen=True, slots=True)
class Post:
    """One mail that is due: an edition for one address."""

    recipient: MailingRecipient
    scorecard: Scorecard


def mailing_create(
    *,
    rhythm: str,
    emails: Iterable[str],
    created_by: User,
    as_of: datetime,
    days_after: int = 0,
    vendor: Vendor | None = None,
    contract: Contract | None = None,
) -> ScorecardMailing:
    """Set up a mailing for the editions published from now on. Raises ValidationError for
    addresses that are none, or for none at all."""
    addresses = _addresses(emails)
    mailing = ScorecardMailing(
        vendor=vendor,
        contract=contract,
        rhythm=rhythm,
        days_after=days_after,
        created_by=created_by,
        created_at=as_of,
    )
    with writing():
        save(mailing)
        _bring_in(mailing, addresses, as_of)
    return mailing


def mailing_change(
    *,
    mailing: ScorecardMailing,
    rhythm: str,
    days_after: int,
    is_active: bool,
    emails: Iterable[str],
    as_of: datetime,
) -> ScorecardMailing:
    """Change when and to whom it goes; what was published while it rested, or before an address
    was added, is not sent to it. Raises ValidationError, also for an address that unsubscribed:
    its owner has to ask for it again under another one."""
    addresses = _addresses(emails)
    with writing():
        resumes = is_active and not mailing.is_active
        mailing.rhythm, mailing.days_after, mailing.is_active = rhythm, days_after, is_active
        save(mailing)
        _bring_in(mailing, addresses, as_of, anew=resumes)
    return mailing


def due_posts(as_of: datetime) -> list[Post]:
    """Mails that have to go out by now and have not: the newest edition of each period to each
    recipient of its mailings. A fixed number of queries for any number of mailings."""
    editions = _newest_editions(as_of)
    if not editions:
        return []
    posts = [post for mailing in _active() for post in _of_mailing(mailing, editions, as_of)]
    sent = set(
        ScorecardLink.objects.filter(
            recipient__in=[post.recipient.pk for post in posts],
            scorecard__in=[post.scorecard.pk for post in posts],
        ).values_list("recipient_id", "scorecard_id")
    )
    return [post for post in posts if (post.recipient.pk, post.scorecard.pk) not in sent]


def was_sent(post: Post) -> bool:
    """Whether this edition went to this recipient already."""
    return ScorecardLink.objects.filter(recipient=post.recipient, scorecard=post.scorecard).exists()


def unsubscribe_token(recipient: MailingRecipient) -> str:
    """What the unsubscribe link of a mail carries: signed, so that nobody ends another's mails."""
    return _signer.sign(str(recipient.pk))


def recipient_of(token: str) -> MailingRecipient:
    """Whose unsubscribe link this is. Raises MailingRecipient.DoesNotExist."""
    try:
        number = _signer.unsign(token)
    except BadSignature:
        raise MailingRecipient.DoesNotExist from None
    found = MailingRecipient.objects.select_related("mailing__vendor", "mailing__contract")
    return found.get(pk=int(number))


def recipient_unsubscribe(*, recipient: MailingRecipient, as_of: datetime) -> MailingRecipient:
    """Write to this address no more; the first time counts."""
    if recipient.unsubscribed_at is None:
        recipient.unsubscribed_at = as_of
        with writing():
            save(recipient, action="unsubscribed")
    return recipient


def subscribers(mailing: ScorecardMailing) -> list[MailingRecipient]:
    """Who gets the mails now."""
    return [each for each in mailing.recipients.all() if _is_subscribed(each)]


def _active() -> QuerySet[ScorecardMailing]:
    found = ScorecardMailing.objects.filter(is_active=True)
    return found.prefetch_related("recipients")


def _newest_editions(as_of: datetime) -> list[Scorecard]:
    """The last edition of each subject and period; an edition that was corrected is not sent."""
    recent = Scorecard.objects.filter(published_at__gte=as_of - _LOOKS_BACK).defer("body")
    newest = {(s.vendor_id, s.contract_id, s.label): s for s in recent.order_by("edition")}
    return list(newest.values())


def _of_mailing(
    mailing: ScorecardMailing, editions: Sequence[Scorecard], as_of: datetime
) -> list[Post]:
    wait = timedelta(days=mailing.days_after)
    due = [
        scorecard
        for scorecard in editions
        if (scorecard.vendor_id, scorecard.contract_id) == (mailing.vendor_id, mailing.contract_id)
        and _rhythm_of(scorecard) == mailing.rhythm
        and scorecard.published_at + wait <= as_of
    ]
    return [
        Post(each, scorecard)
        for scorecard in due
        for each in subscribers(mailing)
        if scorecard.published_at >= each.added_at
    ]


def _rhythm_of(scorecard: Scorecard) -> str:
    span = span_between(scorecard.first_day, scorecard.last_day)
    if span == month_of(span.first_day):
        return ScorecardMailing.Rhythm.MONTHLY
    return ScorecardMailing.Rhythm.QUARTERLY if span == quarter_of(span.first_day) else ""


def _addresses(emails: Iterable[str]) -> list[str]:
    addresses = list(dict.fromkeys(each.strip().lower() for each in emails if each.strip()))
    if not addresses:
        raise ValidationError({"emails": "Name at least one address."})
    if len(addresses) > MOST_RECIPIENTS:
        raise ValidationError({"emails": f"At most {MOST_RECIPIENTS} addresses: make a list."})
    wrong = [address for address in addresses if not _is_address(address)]
    if wrong:
        raise ValidationError({"emails": f"Not an address: {', '.join(wrong)}."})
    return addresses


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _bring_in(
    mailing: ScorecardMailing, addresses: list[str], as_of: datetime, *, anew: bool = False
) -> None:
    """Have exactly ``addresses`` on the mailing; ``anew``: all of them count as added now."""
    known = {each.email: each for each in mailing.recipients.select_for_update()}
    gone = [address for address in addresses if address in known and known[address].unsubscribed_at]
    if gone:
        raise ValidationError(
            {"emails": f"Unsubscribed, and not written to again: {', '.join(gone)}."}
        )
    for address in addresses:
        recipient = known.get(address) or MailingRecipient(mailing=mailing, email=address)
        if anew or recipient.pk is None or recipient.removed_at:
            recipient.added_at, recipient.removed_at = as_of, None
            save(recipient)
    for address in set(known) - set(addresses):
        if known[address].removed_at is None:
            known[address].removed_at = as_of
            save(known[address])


def _is_subscribed(recipient: MailingRecipient) -> bool:
    return recipient.removed_at is None and recipient.unsubscribed_at is None
