"""What happened to one record, newest first, as far as its reader may know."""

from django.db.models import Model

from contracts.models import AuditEvent
from contracts.selectors.scope import Scope
from contracts.selectors.telling import Told, told
from contracts.selectors.visibility import visible

USUAL = 50


def timeline_of(instance: Model, scope: Scope, *also: Model, most: int = USUAL) -> list[Told]:
    """The last ``most`` changes of ``instance`` and of the records in ``also``, in one query.

    Who changed what stays inside: a vendor's reader gets none.
    """
    if not scope.is_internal:
        return []
    subjects = [f"{each._meta.label_lower}:{each.pk}" for each in (instance, *also)]
    events = visible(AuditEvent, scope).filter(subject__in=subjects)
    return [told(event) for event in events[:most]]
