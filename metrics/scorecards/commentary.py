"""Writing commentary: each version is appended, and none is ever overwritten."""

from datetime import datetime

from django.core.exceptions import ValidationError

from contracts.models import User
from contracts.services.writing import save, writing
from metrics.models import Commentary, KpiPeriod


def side_of(author: User) -> str:
    """Which side a person speaks for."""
    is_vendor = author.role == User.Role.VENDOR
    return Commentary.Side.VENDOR if is_vendor else Commentary.Side.BUYER


def commentary_write(
    *,
    period: KpiPeriod,
    text: str,
    author: User,
    as_of: datetime,
    seen: int = 0,
    is_internal: bool = False,
) -> Commentary:
    """Append what the author's side says about a figure; the same text again changes nothing.

    ``seen``: the version that the author started from, 0 for none. Raises ValidationError for an
    empty text, for a vendor's internal one, and where somebody wrote a later version meanwhile.
    """
    side = side_of(author)
    if is_internal and side == Commentary.Side.VENDOR:
        raise ValidationError({"is_internal": "Only the buyer keeps notes to itself here."})
    if not text.strip():
        raise ValidationError({"text": "Say what happened, and what is done about it."})
    with writing():
        KpiPeriod.objects.select_for_update(of=("self",)).get(pk=period.pk)
        thread = Commentary.objects.filter(period=period, side=side, is_internal=is_internal)
        last = thread.order_by("-version").first()
        if last and last.text == text.strip():
            return last
        _refuse_overtaken(last, seen)
        written = Commentary(
            period=period,
            side=side,
            is_internal=is_internal,
            version=seen + 1,
            text=text.strip(),
            author=author,
            written_at=as_of,
        )
        save(written, action="commented")
    return written


def _refuse_overtaken(last: Commentary | None, seen: int) -> None:
    newest = last.version if last else 0
    if last and newest != seen:
        raise ValidationError(
            f"{last.author} wrote version {newest} while you were writing: read it below, then "
            "send yours again, or add to it."
        )
    if newest != seen:
        raise ValidationError("This text does not start from a version that there is.")
