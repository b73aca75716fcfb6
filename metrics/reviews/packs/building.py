"""Building a pack: gathered once, frozen for each audience, and kept with its files."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Max

from contracts.models import Contract, Vendor
from contracts.services.writing import save, writing
from metrics.models import PackCopy, Review, ReviewPack
from metrics.reviews.packs.contents import Scores, contents_of, scores_of
from metrics.reviews.packs.document import pack_pdf
from metrics.reviews.packs.scores import Part
from metrics.reviews.packs.subject import Audience, PackSubject, audiences
from metrics.reviews.packs.workbook import pack_workbook
from metrics.selectors.spans import Span


def pack_build(
    *,
    vendor: Vendor,
    span: Span,
    as_of: datetime,
    by: str,
    review: Review | None = None,
) -> ReviewPack:
    """Freeze the vendor's work in ``span`` as the next edition of its pack.

    ``review``: for which it is built; its contracts narrow the pack, and an internal one has no
    shared copy. Earlier editions stay as they are. Raises ValidationError for a period in which
    nothing was measured.
    """
    with writing():
        Vendor.objects.select_for_update().get(pk=vendor.pk)  # editions take turns
        subject = _subject(vendor, span, as_of, by, review)
        scores = scores_of(subject)
        _refuse_empty(scores, subject)
        pack = _pack(subject)
        save(pack, action="built")
        for audience in _audiences(subject):
            _copy(pack, audience, contents_of(subject, audience, scores))
    return pack


def _subject(
    vendor: Vendor, span: Span, as_of: datetime, by: str, review: Review | None
) -> PackSubject:
    chosen = list(review.contracts.order_by("reference")) if review else []
    earlier = ReviewPack.objects.filter(vendor=vendor, label=span.label)
    return PackSubject(
        vendor=vendor,
        contracts=chosen or _contracts(vendor),
        is_narrowed=bool(chosen),
        span=span,
        review=review,
        edition=(earlier.aggregate(last=Max("edition"))["last"] or 0) + 1,
        built_at=as_of,
        built_by=by,
    )


def _contracts(vendor: Vendor) -> Sequence[Contract]:
    in_use = vendor.contracts.filter(archived_at__isnull=True).select_related("vendor")
    return list(in_use.order_by("reference"))


def _refuse_empty(scores: Scores, subject: PackSubject) -> None:
    if not any(card.figures for card in scores.contracts):
        raise ValidationError(
            {
                "period": f"{subject.vendor} has no figures in {subject.span.words}: "
                "choose a period that was measured."
            }
        )


def _pack(subject: PackSubject) -> ReviewPack:
    review = subject.review
    return ReviewPack(
        review=review,
        vendor=subject.vendor,
        first_day=subject.span.first_day,
        last_day=subject.span.last_day,
        label=subject.span.label,
        edition=subject.edition,
        is_internal=bool(review and review.is_internal),
        built_at=subject.built_at,
        built_by=subject.built_by,
    )


def _audiences(subject: PackSubject) -> tuple[Audience, ...]:
    shared, internal = audiences(subject.vendor)
    return (internal,) if subject.review and subject.review.is_internal else (shared, internal)


def _copy(pack: ReviewPack, audience: Audience, body: Part) -> PackCopy:
    pdf, xlsx = pack_pdf(body), pack_workbook(body)
    return PackCopy.objects.create(
        pack=pack,
        audience=audience.name,
        body=body,
        body_sha256=digest_of(body),
        pdf=pdf,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        xlsx=xlsx,
        xlsx_sha256=hashlib.sha256(xlsx).hexdigest(),
    )


def digest_of(body: Part) -> str:
    """The SHA-256 of a body, however its keys are ordered."""
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
