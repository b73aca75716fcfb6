"""Files that people attach to records: checked, kept under a generated name, told of."""

import hashlib
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction

from contracts.models import Document, User
from contracts.services.auditing import audit, subject_of, vendor_of
from contracts.services.filetypes import file_type
from contracts.services.writing import lock, writing
from kpotracker.toolkit.durable import folders_sync
from kpotracker.toolkit.filenames import plain_name, with_ending

LARGEST: Final = 25 * 1024 * 1024
_FOLDER = "documents"


def document_store(
    *,
    upload: "UploadedFile[Any]",
    subject: models.Model,
    title: str = "",
    is_internal: bool = False,
    uploaded_by: User,
) -> Document:
    """Keep ``upload`` as a document of ``subject``, whose vendor it takes over.

    Raises ValidationError for a file that is empty, larger than 25 MiB or of a type that is not
    kept here. When the transaction around it fails, nothing stays on disk.
    """
    given = plain_name(upload.name or "")
    _check_size(given, upload.size or 0)
    found = file_type(upload, given)  # type: ignore[arg-type]
    filename = with_ending(given, found.endings)
    with writing(), _written(upload) as kept:
        document = Document(
            subject=subject_of(subject),
            vendor_id=vendor_of(subject),
            title=title.strip() or filename,
            filename=filename,
            kind=found.kind,
            size=kept.size,
            sha256=kept.sha256,
            path=kept.path,
            is_internal=is_internal,
            uploaded_by=uploaded_by,
        )
        document.full_clean()
        document.save()
        told = {"document": ["", document.title], "SHA-256": ["", kept.sha256]}
        audit(action="attached a document to", instance=subject, changes=told)
    return document


def document_archive(*, document: Document, subject: models.Model, as_of: datetime) -> Document:
    """Take a document off the pages; the file stays. ``subject``: the record it belongs to.

    Raises ValidationError where it was put away before.
    """
    with writing():
        lock(document)
        if document.archived_at:
            raise ValidationError(f"{document} was put away already.")
        document.archived_at = as_of
        document.save(update_fields=["archived_at"])
        told = {"document": [document.title, ""]}
        audit(action="put away a document of", instance=subject, changes=told)
    return document


def document_path(document: Document) -> Path:
    """Where the file lies."""
    return Path(settings.MEDIA_ROOT) / document.path


def _check_size(name: str, size: int) -> None:
    if not size:
        raise ValidationError(f"{name!r} is empty: choose the file again.")
    if size > LARGEST:
        raise ValidationError(
            f"{name!r} has {size / (1 << 20):.1f} MiB, and a document may have "
            f"{LARGEST >> 20}: send a smaller copy, or split it."
        )


@dataclass(frozen=True, slots=True)
class _Kept:
    path: str
    size: int
    sha256: str


class _Unsettled:
    """A file that goes with its transaction: what is never settled is deleted.

    Django tells of commits, not of rollbacks. It forgets what waits for a commit that will not
    come; this then has no owner left, and takes the file with it.
    """

    def __init__(self, path: Path) -> None:
        self._drop = weakref.finalize(self, path.unlink, missing_ok=True)

    def settle(self) -> None:
        self._drop.detach()

    def drop(self) -> None:
        self._drop()


@contextmanager
def _written(upload: "UploadedFile[Any]") -> Iterator[_Kept]:
    """The upload on disk, durable, for as long as the transaction it is written in holds."""
    name = uuid4().hex
    path = f"{_FOLDER}/{name[:2]}/{name}"
    target = Path(settings.MEDIA_ROOT) / path
    target.parent.mkdir(parents=True, exist_ok=True)
    unsettled = _Unsettled(target)
    try:
        digest, size = _copy(upload, target)
        yield _Kept(path, size, digest)
    except BaseException:
        unsettled.drop()
        raise
    transaction.on_commit(unsettled.settle)


def _copy(upload: "UploadedFile[Any]", target: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    upload.seek(0)
    with target.open("xb") as file:
        for block in upload.chunks():
            digest.update(block)
            size += file.write(block)
        file.flush()
        os.fsync(file.fileno())
    folders_sync(target.parent)
    return digest.hexdigest(), size
