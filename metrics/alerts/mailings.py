"""Published scorecards go out by mail to those who asked for them without signing in."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError

from contracts.services.writing import writing
from metrics.alerts.outbox import mail_queue
from metrics.scorecards.letters import letter_write
from metrics.scorecards.mailings import Post, due_posts, was_sent


def mailings_queue(as_of: datetime) -> int:
    """Put every mail that is due into the outbox, each in a transaction of its own; returns how
    many. Two workers that look at once queue each mail once."""
    return sum(_queued(post, as_of) for post in due_posts(as_of))


def _queued(post: Post, as_of: datetime) -> bool:
    try:
        with writing():
            letter = letter_write(post=post, as_of=as_of)
            mail_queue(
                key=letter.key,
                to=letter.to,
                subject=letter.subject,
                text=letter.text,
                html=letter.html,
                attachments=letter.attachments,
                headers=letter.headers,
            )
    except (IntegrityError, ValidationError):
        if not was_sent(post):
            raise
        return False  # another worker was faster
    return True
