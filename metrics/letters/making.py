"""Making letters, and noting that they were served: the services."""

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from contracts.selectors.duties import Duty
from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from contracts.services.acting import actor_of
from contracts.services.documents import document_store
from contracts.services.writing import save, writing
from kpotracker.toolkit.canonical import body_digest
from metrics.casework.moving import person_of, refuse_without
from metrics.letters.composing import Body, Request, letter_compose, text_of
from metrics.letters.document import letter_pdf
from metrics.letters.subjects import refuse_kind
from metrics.letters.word import letter_docx
from metrics.models import Letter, LetterCopy
from metrics.models.letters import LetterKind
from metrics.selectors import scope as scoped

DUTIES = {
    LetterKind.CLAIM: Duty.CASES,
    LetterKind.PLAN: Duty.CASES,
    LetterKind.ANSWER: Duty.CASES,
    LetterKind.STOP: Duty.TERMS,
}


def letter_preview(*, request: Request, scope: Scope, as_of: datetime) -> Body:
    """What the letter would say; nothing is kept. Raises ValidationError."""
    _refuse(request, scope, as_of)
    return letter_compose(request, as_of=as_of)


def letter_make(*, request: Request, scope: Scope, as_of: datetime) -> Letter:
    """Make a letter and its files, which stay as they are. Raises ValidationError where its
    subject gives nothing to write about, or the role does not do this."""
    _refuse(request, scope, as_of)
    body = letter_compose(request, as_of=as_of)
    letter = _letter(request, body, as_of)
    with writing():
        save(letter, action="made")
        _copy(letter, body)
    return letter


def letter_serve(
    *,
    letter_id: int,
    served_on: date,
    way: str,
    scope: Scope,
    as_of: datetime,
    reference: str = "",
    received_on: date | None = None,
    evidence: UploadedFile[Any] | None = None,
) -> Letter:
    """Note how a letter was served; from then on the vendor sees it.

    ``received_on``: the day it counts as received, by itself the day it was served. ``evidence``:
    the proof, kept inside. Raises UnknownCodeError and ValidationError, also for a letter that was
    served before.
    """
    with writing():
        letter = _locked(letter_id, scope)
        refuse_without(DUTIES[LetterKind(letter.kind)], scope)
        _refuse_service(letter, served_on, as_of)
        letter.state = Letter.State.SERVED
        letter.served_on, letter.served_by = served_on, way
        letter.served_reference = reference.strip()
        letter.received_on = received_on or served_on
        save(letter, action="served")
        if evidence:
            document_store(
                upload=evidence,
                subject=letter,
                title=f"Proof of service: {evidence.name}"[:200],
                is_internal=True,
                uploaded_by=person_of(scope),
            )
    return letter


def may_write(kind: str, scope: Scope) -> bool:
    """Whether the reader may make letters of this kind; letters are the buyer's."""
    return scope.is_internal and scope.may(DUTIES[LetterKind(kind)])


def _refuse(request: Request, scope: Scope, as_of: datetime) -> None:
    refuse_kind(request.kind, request.subject, today=as_of.date())
    if not may_write(request.kind, scope):
        raise ValidationError("Your role does not do this.")
    actor_of(scope)
    if request.answer_by and request.answer_by <= as_of.date():
        raise ValidationError({"answer_by": "That day is past: leave the vendor time to answer."})


def _letter(request: Request, body: Body, as_of: datetime) -> Letter:
    return Letter(
        kind=request.kind,
        contract=request.subject.contract,
        case=request.subject.case,
        first_day=request.subject.first_day,
        subject=body["title"][:400],
        answer_by=request.answer_by,
        digest=body_digest(body),
        made_by=request.by[:200],
        made_at=as_of,
    )


def _copy(letter: Letter, body: Body) -> None:
    pdf, docx = letter_pdf(body, letter.digest), letter_docx(body, letter.digest)
    LetterCopy.objects.create(
        letter=letter,
        body=body,
        text=text_of(body),
        pdf=pdf,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        docx=docx,
        docx_sha256=hashlib.sha256(docx).hexdigest(),
    )


def _locked(letter_id: int, scope: Scope) -> Letter:
    if not scope.is_internal:
        raise UnknownCodeError(f"letter {letter_id} is unknown")
    letters = scoped.letters(scope).select_for_update(of=("self",), no_key=True)
    letter = letters.filter(pk=letter_id).first()
    if letter is None:
        raise UnknownCodeError(f"letter {letter_id} is unknown")
    return letter


def _refuse_service(letter: Letter, served_on: date, as_of: datetime) -> None:
    if letter.is_served:
        raise ValidationError(f"It was served on {letter.served_on} already: make a new letter.")
    if served_on > as_of.date() + timedelta(days=1):  # its own day may have begun elsewhere
        raise ValidationError({"served_on": "That day lies ahead: note it once it was served."})
    if served_on < letter.made_at.date() - timedelta(days=1):
        raise ValidationError({"served_on": "That is before the letter was made."})
