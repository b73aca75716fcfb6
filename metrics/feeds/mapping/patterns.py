"""Declared time formats: names of whole formats, or strptime patterns of a closed set."""

import re

NAMED = ("iso", "epoch", "epoch_ms", "excel")
DIRECTIVES = frozenset("dmYyHMSfbz")


class PatternError(ValueError):
    """A time format that cannot be used; the message is the rule it breaks."""


def parts(pattern: str) -> list[tuple[str, str]]:
    """`pattern` as (directive, "") and ("", literal) pairs, in order."""
    found = re.findall(r"%(.)|([^%]+)", pattern)
    return [(directive, literal) for directive, literal in found]


def check_pattern(pattern: str) -> None:
    """Raise PatternError unless `pattern` names a whole date and knows all its directives."""
    if pattern in NAMED:
        return
    if "%" not in pattern:
        raise PatternError(f"is not a time format; named ones are {', '.join(NAMED)}")
    directives = [directive for directive, _ in parts(pattern) if directive]
    for directive in directives:
        if directive not in DIRECTIVES:
            raise PatternError(f"%{directive} is not known; known: %d %m %Y %y %H %M %S %f %b %z")
    if len(set(directives)) < len(directives):
        raise PatternError("names a part of the time twice")
    if pattern.endswith("%") or not pattern.isascii():
        raise PatternError("ends in a lone % or is not ASCII")
    _check_date(set(directives))


def _check_date(directives: set[str]) -> None:
    groups = ({"d"}, {"m", "b"}, {"Y", "y"})
    if any(len(group & directives) != 1 for group in groups):
        raise PatternError("needs exactly one of %d, one of %m %b, and one of %Y %y")
    for finer, coarser in (("M", "H"), ("S", "M"), ("f", "S")):
        if finer in directives and coarser not in directives:
            raise PatternError(f"has %{finer} without %{coarser}")


def has_zone(pattern: str) -> bool:
    """Whether values in this format carry their own zone, or may do so (iso)."""
    return pattern in ("iso", "epoch", "epoch_ms") or "%z" in pattern
