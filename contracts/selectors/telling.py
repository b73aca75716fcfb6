"""How a stored change reads: field names and codes of the trail in the words people use."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField, Field, Model

from contracts.models import AuditEvent

_LONGEST = 400  # characters of one value on a page; exports have the whole


@dataclass(frozen=True, slots=True)
class Change:
    """One field that an event changed; an empty text stands for "nothing"."""

    field: str
    before: str
    after: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """An event as people read it. ``kind``: what sort of record it concerns."""

    at: datetime
    actor: str
    action: str
    kind: str
    label: str
    reason: str
    changes: tuple[Change, ...]
    place: int | None = None


def told(event: AuditEvent) -> Told:
    """``event`` in words; a kind or field that is no longer known keeps its stored name."""
    model = model_of(event.subject)
    return Told(
        at=event.at,
        actor=event.actor_name,
        action=event.action,
        kind=kind_text(model, event.subject),
        label=_label(event.label, model),
        reason=event.reason,
        changes=tuple(changes_told(event.changes, model)),
        place=event.place,
    )


def changes_told(
    changes: Mapping[str, Any], model: type[Model] | None, *, longest: int | None = _LONGEST
) -> Iterable[Change]:
    """Each field with the value before and after it, cut to ``longest`` characters."""
    for name, pair in changes.items():
        field = _field(model, name)
        before, after = _pair(pair)
        old, new = (_cut(_value(field, text), longest) for text in (before, after))
        yield Change(_name(field, name), old, new, hidden=before == after)


def model_of(subject: str) -> type[Model] | None:
    """The model of "contracts.vendor:12", or None where there is none of that name."""
    try:
        return apps.get_model(subject.partition(":")[0])
    except (LookupError, ValueError):
        return None


def kind_text(model: type[Model] | None, subject: str = "") -> str:
    """What a kind of record is called: "Service level"."""
    text = str(model._meta.verbose_name) if model else subject.partition(":")[0]
    return text[:1].upper() + text[1:]


def _label(label: str, model: type[Model] | None) -> str:
    """The record's own name; the trail keeps its kind in front of it."""
    return label.removeprefix(f"{model._meta.verbose_name} ") if model else label


def _field(model: type[Model] | None, name: str) -> Field[Any, Any] | None:
    try:
        found = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, Field) else None


def _name(field: Field[Any, Any] | None, name: str) -> str:
    text = str(field.verbose_name) if field else name.replace("_", " ")
    return text[:1].upper() + text[1:]


def _pair(pair: object) -> tuple[str, str]:
    if isinstance(pair, list | tuple) and len(pair) == 2:
        return str(pair[0]), str(pair[1])
    return "", str(pair)


def _value(field: Field[Any, Any] | None, text: str) -> str:
    words = {"True": "yes", "False": "no", "None": ""}
    if isinstance(field, DateTimeField):
        return _instant(text)
    if field is not None and field.flatchoices:
        words = {str(code): str(word) for code, word in field.flatchoices}
    return words.get(text, text)


def _instant(text: str) -> str:
    """To the second, in UTC; anything that is no instant stays as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment.tzinfo else text


def _cut(text: str, longest: int | None) -> str:
    return text if longest is None or len(text) <= longest else f"{text[:longest]}…"
