"""The life of a posting: computed, told to the vendor, agreed or disputed, on an invoice, closed."""

from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError

from contracts.selectors.duties import Duty
from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from contracts.services.acting import Actor, actor_of
from contracts.services.auditing import audit
from contracts.services.writing import touch, writing
from metrics.casework.moving import refuse_without
from metrics.models import CreditEntry, CreditEvent
from metrics.selectors import scope as scoped

State = CreditEntry.State
_NEXT: Final = {
    State.COMPUTED: (State.NOTIFIED, State.LAPSED),
    State.NOTIFIED: (State.AGREED, State.DISPUTED, State.ON_INVOICE, State.LAPSED),
    State.DISPUTED: (State.AGREED, State.CLOSED, State.LAPSED),
    State.AGREED: (State.DISPUTED, State.ON_INVOICE, State.LAPSED),
    State.ON_INVOICE: (State.DISPUTED, State.CLOSED),
}
_REASON_NEEDED: Final = frozenset({State.DISPUTED, State.LAPSED})
_OF_VENDOR: Final = frozenset({State.AGREED, State.DISPUTED})


def moves_open(entry: CreditEntry, state: str, scope: Scope) -> list[str]:
    """The states that the reader may move a posting to, which stands in ``state``."""
    following = _NEXT.get(State(state), ())
    return [to for to in following if scope.may(_duty(to, scope)) and _is_theirs(to, scope)]


def credit_move(
    *,
    entry_id: int,
    to: str,
    scope: Scope,
    as_of: datetime,
    reason: str = "",
    by: Actor | None = None,
) -> CreditEvent:
    """Move a posting to the state ``to``; the person or the program of ``scope`` does it, or else
    ``by``.

    Raises UnknownCodeError outside ``scope``, and ValidationError where it may not be moved there,
    by them, or without a reason. Of two who move it at once, the second sees where it stands.
    """
    with writing():
        entry = _held(entry_id, scope)
        before = entry.events.order_by("-id").values_list("state", flat=True)[0]
        _refuse(to, before, scope, reason)
        return event_append(entry, to, by or actor_of(scope), as_of, reason, before=before)


def event_append(
    entry: CreditEntry, to: str, by: Actor, as_of: datetime, reason: str = "", *, before: str = ""
) -> CreditEvent:
    """Write the step of a posting that is locked and may be moved, within ``writing()``."""
    event = CreditEvent(
        entry=entry,
        state=to,
        at=as_of,
        by=by.name[:200],
        person=by.user,
        key=by.key,
        reason=reason.strip(),
    )
    event.save()
    touch(entry)
    audit(
        action=State(to).label.lower(),
        instance=entry,
        changes={"state": [before, to]},
        reason=reason.strip()[:400],
    )
    return event


def _held(entry_id: int, scope: Scope) -> CreditEntry:
    rows = scoped.credit_entries(scope).select_for_update(of=("self",), no_key=True)
    entry = rows.select_related("contract__vendor").filter(pk=entry_id).first()
    if entry is None:
        raise UnknownCodeError(f"credit entry {entry_id} is unknown")
    return entry


def _refuse(to: str, before: str, scope: Scope, reason: str) -> None:
    if to not in State.values:
        raise ValidationError({"state": f"{to!r} is none of {', '.join(State.values)}."})
    refuse_without(_duty(to, scope), scope)
    if not _is_theirs(to, scope):
        raise ValidationError("Your role does not do this.")
    following = _NEXT.get(State(before), ())
    if to not in following:
        ways = ", ".join(following) or "nothing"
        raise ValidationError({"state": f"It is {before}: from there it becomes {ways}."})
    if to in _REASON_NEEDED and not reason.strip():
        raise ValidationError({"reason": "Say why: it stays with the posting."})


def _duty(to: str, scope: Scope) -> Duty:
    return Duty.CASES if scope.is_internal else Duty.CONTEST


def _is_theirs(to: str, scope: Scope) -> bool:
    """A vendor agrees or disputes; the rest is the buyer's."""
    return scope.is_internal or to in _OF_VENDOR
