"""What pydantic found wrong, said in the words of a portfolio file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import ValidationError

from metrics.portfolio.problems import Problem, closest
from metrics.portfolio.shapes.base import Shape

if TYPE_CHECKING:
    from metrics.portfolio.items import Place

_MEANT = {
    "string_type": "a text is meant",
    "int_type": "a whole number is meant",
    "int_from_float": "a whole number is meant",
    "bool_type": "true or false is meant",
    "date_type": "a day is meant, such as 2026-03-31",
    "list_type": "a list is meant",
    "tuple_type": "a list is meant",
    "dict_type": "a mapping of keys to values is meant",
    "model_type": "a mapping of keys to values is meant",
    "model_attributes_type": "a mapping of keys to values is meant",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "string_too_long": ("max_length", "a text of at most"),
    "too_long": ("max_length", "a list of at most"),
    "too_short": ("min_length", "a list of at least"),
}


def problems_of(error: ValidationError, shape: type[Shape], place: "Place") -> Iterator[Problem]:
    """One problem for each finding of ``error``, except where the reader reported already."""
    for found in error.errors(include_url=False):
        steps = found["loc"]
        if (*place.path, *steps) in place.document.broken:
            continue
        message, hint = _say(found, shape)
        if found["type"] == "missing":
            steps = steps[:-1]
        yield place.problem(*steps, message=message, hint=hint)


def _say(found: Any, shape: type[Shape]) -> tuple[str, str]:
    kind, value, context = found["type"], found["input"], found.get("ctx", {})
    key = found["loc"][-1] if found["loc"] else ""
    if kind == "refused":
        return found["msg"], context["hint"]
    if kind == "missing":
        return f"'{key}' is missing", f"add `{key}: ...`"
    if kind == "extra_forbidden":
        return unknown_key(str(key), value, shape_at(shape, found["loc"][:-1]))
    if value is None:
        return "the value is missing", "state one, or leave the key out"
    if kind == "literal_error":
        return _none_of(value, context["expected"])
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return f"{_short(value)} is out of range", f"{words} {context[bound]} is allowed"
    return f"{_short(value)} does not fit here", _MEANT.get(kind, found["msg"])


def _short(value: Any) -> str:
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _none_of(value: Any, expected: str) -> tuple[str, str]:
    known = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    close = closest(str(value), known)
    hint = f"did you mean {close}? " if close else ""
    return f"{_short(value)} is not a choice here", f"{hint}choose one of {', '.join(known)}"


def unknown_key(key: str, value: Any, shape: type[Shape] | None) -> tuple[str, str]:
    """Message and hint for a key that a shape does not have."""
    if shape is None:
        return f"'{key}' is not a known key here", "leave it out"
    if key in shape.unavailable:
        stated = "" if isinstance(value, dict | list) or value is None else f": {_short(value)}"
        way_out = f"{shape.unavailable[key]}; leave the key out"
        return f"'{key}' is not available yet{stated}", way_out
    known = [field.alias or name for name, field in shape.model_fields.items()]
    close = closest(key, known)
    hint = f"did you mean '{close}'?" if close else f"known here are {', '.join(known)}"
    return f"'{key}' is not a known key here", hint


def shape_at(shape: type[Shape], steps: tuple[str | int, ...]) -> type[Shape] | None:
    """The shape of the mapping that ``steps`` lead to."""
    for step in steps:
        if isinstance(step, int):
            continue
        field = shape.model_fields.get(step)
        inner = _shape_in(field.annotation) if field else None
        if inner is None:
            return None
        shape = inner
    return shape


def _shape_in(annotation: Any) -> type[Shape] | None:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation if issubclass(annotation, Shape) else None
    found = (_shape_in(part) for part in get_args(annotation))
    return next((inner for inner in found if inner), None)
