"""Documents as readers find them: those of one record, or one by its number."""

from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import QuerySet

from contracts.models import Document
from contracts.selectors import scope as scoped
from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from contracts.selectors.visibility import visible


def documents_of(subject: models.Model, scope: Scope) -> QuerySet[Document]:
    """The documents of ``subject`` that are in use, newest first."""
    label = f"{subject._meta.label_lower}:{subject.pk}"
    found = scoped.documents(scope).filter(subject=label, archived_at__isnull=True)
    return found.select_related("uploaded_by").order_by("-id")


def document_by_number(number: int, scope: Scope) -> tuple[Document, Any]:
    """A document and the record it belongs to; raises UnknownCodeError unless both are visible.

    A record that the reader may not see yet, such as a provisional case, keeps its documents
    with it.
    """
    document = scoped.documents(scope).filter(pk=number).first()
    if document is None:
        raise UnknownCodeError(f"document {number} is unknown")
    return document, record_of(document.subject, scope)


def record_of(subject: str, scope: Scope) -> Any:
    """The record that "contracts.vendor:12" names; raises UnknownCodeError unless visible."""
    label, _, number = subject.partition(":")
    try:
        found = visible(apps.get_model(label), scope).filter(pk=int(number)).first()
    except (LookupError, ValueError, OverflowError) as error:
        raise UnknownCodeError(f"{subject!r} names no record") from error
    if found is None:
        raise UnknownCodeError(f"{subject!r} names no record")
    return found
