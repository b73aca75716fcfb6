"""Calendar feeds: made, found by their secret, revoked. Only the SHA-256 of a secret is kept."""

from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.views.decorators.debug import sensitive_variables

from contracts.models import User
from contracts.services.writing import save, writing
from kpotracker.toolkit.tokens import token_digest, token_new
from metrics.models import CalendarFeed

_READING_IS_NOTED_EVERY = timedelta(minutes=10)


def feed_make(*, owner: User, name: str) -> str:
    """A new feed of ``owner``; its secret, which is kept nowhere and cannot be shown again."""
    secret = token_new()
    with writing():
        save(CalendarFeed(owner=owner, name=name, hash=token_digest(secret)))
    return secret


def feed_revoke(*, feed: CalendarFeed, as_of: datetime) -> CalendarFeed:
    """End a feed at once; a revoked one keeps the time of its first revocation."""
    if feed.revoked_at is None:
        feed.revoked_at = as_of
        with writing():
            save(feed, action="revoked")
    return feed


@sensitive_variables("secret")
def feed_of(*, secret: str) -> CalendarFeed | None:
    """The feed that ``secret`` opens; None for an unknown, a revoked and a locked person's."""
    found = CalendarFeed.objects.select_related("owner").filter(
        hash=token_digest(secret), revoked_at__isnull=True, owner__is_active=True
    )
    return found.first()


def feed_note_reading(*, feed: CalendarFeed, as_of: datetime) -> None:
    """Remember that the feed was read: a write every ten minutes at most, none that fails it."""
    stale = Q(last_read_at__isnull=True) | Q(last_read_at__lte=as_of - _READING_IS_NOTED_EVERY)
    try:
        with transaction.atomic():
            CalendarFeed.objects.filter(stale, pk=feed.pk).update(last_read_at=as_of)
    except DatabaseError:
        return  # a calendar is not refused because a note of it could not be made
