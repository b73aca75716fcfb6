"""Taking a table in, and applying it: everything, or nothing."""

from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model

from contracts.models import User
from contracts.selectors.scope import Scope
from contracts.services.writing import save, writing
from kpotracker.toolkit.filenames import plain_name
from metrics.feeds.storage import absolute, store
from metrics.models import RecordImport
from metrics.portfolio.importing.plan import CHANGE, CREATE, Fault, Plan, Planned
from metrics.portfolio.importing.previewing import import_plan
from metrics.portfolio.importing.reading import layout_of

LARGEST: Final = 10 * 1024 * 1024


class ImportRefusedError(Exception):
    """The import is not applied; ``plan`` says why, line by line."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(f"{len(plan.faults)} faults")
        self.plan = plan


def import_receive(
    *, kind: str, upload: "UploadedFile[Any]", encoding: str, days: str, uploaded_by: User
) -> RecordImport:
    """Keep a table for its preview; nothing of it is applied yet.

    ``days``: how days are written, a key of ``cells.DAYS``. Raises ValidationError for a file
    that is empty or larger than 10 MiB.
    """
    name = plain_name(upload.name or "")
    if not upload.size:
        raise ValidationError({"file": f"{name!r} is empty: choose the file again."})
    if upload.size > LARGEST:
        size = f"{upload.size / (1 << 20):.1f} MiB"
        raise ValidationError({"file": f"{name!r} has {size}, more than 10: split it."})
    upload.seek(0)
    stored = store(upload)  # type: ignore[arg-type]
    record = RecordImport(
        kind=kind,
        layout={**layout_of(absolute(stored.path), encoding=encoding), "days": days},
        filename=name,
        sha256=stored.sha256,
        size=stored.size,
        path=stored.path,
        uploaded_by=uploaded_by,
    )
    with writing():
        save(record, action="sent in")
    return record


def import_apply(*, record_import: RecordImport, scope: Scope, as_of: datetime) -> Plan:
    """Do what the preview shows, in one transaction. Raises ImportRefusedError with all faults:
    what is wrong with the file, what changed since the preview, or that it was applied before."""
    with writing():
        locked = RecordImport.objects.select_for_update().get(pk=record_import.pk)
        plan = import_plan(record_import=locked, scope=scope)
        if locked.applied_at:
            plan.faults.append(Fault(0, "", "", "was applied already", "send a new file"))
        _carry_out(plan)
        locked.applied_at, locked.counts = as_of, dict(plan.counts)
        save(locked, action="applied")
    return plan


def _carry_out(plan: Plan) -> None:
    made: dict[int, Model] = {}
    for row in plan.rows if not plan.faults else ():
        try:
            _apply(plan, row, made)
        except ValidationError as error:
            plan.faults += [Fault(row.line, "", str(row.record), m, "") for m in error.messages]
    if plan.faults:
        raise ImportRefusedError(plan)


def _apply(plan: Plan, row: Planned, made: dict[int, Model]) -> None:
    """``made``: what earlier rows created, by the preview record that later ones refer to."""
    values: dict[str, Any] = {n: made.get(id(v), v) for n, v in row.values.items()}
    if row.action == CREATE:
        made[id(row.record)] = plan.kind.create(**values)
    elif row.action == CHANGE:
        plan.kind.change(row.record, values)
