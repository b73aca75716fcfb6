"""Links that open one published scorecard without signing in.

A secret has 256 random bits and is shown once; only its SHA-256 is kept. A link ends by itself,
or at once when it is revoked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from contracts.models import User
from contracts.services.writing import save, writing
from kpotracker.toolkit.tokens import token_digest, token_new
from metrics.models import MailingRecipient, Scorecard, ScorecardLink

LONGEST = timedelta(days=366)
USUAL = timedelta(days=90)


class LinkRefusedError(LookupError):
    """A secret that opens nothing, whether it never did, has ended or was revoked."""


@dataclass(frozen=True, slots=True, repr=False)
class NewLink:
    """A link with its secret, which is nowhere else and cannot be shown again."""

    link: ScorecardLink
    secret: str


def link_create(
    *,
    scorecard: Scorecard,
    made_for: str,
    expires_at: datetime,
    as_of: datetime,
    created_by: User | None = None,
    recipient: MailingRecipient | None = None,
) -> NewLink:
    """Make a link to a published edition. Raises ValidationError: for nobody, or an end that is
    past or more than a year away."""
    if not made_for.strip():
        raise ValidationError({"made_for": "Say for whom the link is."})
    if not as_of < expires_at <= as_of + LONGEST:
        raise ValidationError({"last_day": "A link ends after today and within a year."})
    secret = token_new()
    link = ScorecardLink(
        scorecard=scorecard,
        hash=token_digest(secret),
        made_for=made_for.strip(),
        recipient=recipient,
        created_by=created_by,
        created_at=as_of,
        expires_at=expires_at,
    )
    with writing():
        save(link, action="shared")
    return NewLink(link, secret)


def link_revoke(*, link: ScorecardLink, as_of: datetime) -> ScorecardLink:
    """End a link at once; a revoked one keeps the time of its first revocation."""
    if link.revoked_at is None:
        link.revoked_at = as_of
        with writing():
            save(link, action="revoked")
    return link


@sensitive_variables("secret")
def link_of(*, secret: str, as_of: datetime) -> ScorecardLink:
    """The link that ``secret`` opens. Raises LinkRefusedError, in the same words for all."""
    found = (
        ScorecardLink.objects.select_related("scorecard").filter(hash=token_digest(secret)).first()
    )
    if found is None or found.revoked_at is not None or found.expires_at <= as_of:
        raise LinkRefusedError("this link opens nothing")
    return found


def link_note_use(*, link: ScorecardLink, as_of: datetime) -> None:
    """Remember when a link was last opened; that is no change anybody has to be told of."""
    ScorecardLink.objects.filter(pk=link.pk).update(last_opened_at=as_of)
