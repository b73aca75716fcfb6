"""Rows that were pushed, as texts: each stays as it was sent, number for number.

A JSON text is taken apart into its members and elements without writing anything anew, so that
00123 in quotes, 1.10 and 12345678901234567890 reach the mapping as they stand. It is read by the
rules of JSON files: NaN, repeated names, numbers beyond a double and NUL are refused.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kpotracker.toolkit.pointers import pointer
from metrics.feeds.reading.documents import JsonError, Reader

MOST_DEPTH: Final = 32
MOST_MEMBERS: Final = 1_000  # of what stands around rows; a row may have as many as it likes
CLOUDEVENT: Final = "cloudevent"
"""Name under which a row keeps the attributes of the event that it came in."""

_SPACE = re.compile(r"[ \t\n\r]*")
_BREAKS = str.maketrans("\n\r", "  ")  # between tokens only: in a JSON string they are escaped
_REQUIRED = ("id", "source", "specversion", "type")
_IN_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\s*(?:;.*)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a body; ``pointer`` (RFC 6901) is empty for the whole of it."""

    detail: str
    code: str = "json"
    pointer: str = ""


class UnusableBodyError(ValueError):
    """A body that rows cannot be told from; ``faults`` holds every reason found."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("; ".join(fault.detail for fault in faults))


class TooManyRowsError(Exception):
    """More rows than one batch may have."""


@dataclass(frozen=True, slots=True)
class Part:
    """A value inside a JSON text, and that text as it was sent."""

    value: Any
    text: str

    @property
    def row(self) -> str:
        """The text on one line."""
        return self.text.translate(_BREAKS)

    @property
    def said(self) -> str | None:
        """The text that stands in quotes; None for any other value."""
        return self.value if self.text.startswith('"') else None


def text_of(raw: bytes) -> str:
    """Raises UnusableBodyError for what is not UTF-8."""
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnusableBodyError(
            Fault(f"Byte {error.start + 1} is not UTF-8: send UTF-8.", "encoding")
        ) from None


def lines_of(text: str, *, most: int) -> list[str]:
    """The rows of NDJSON; blank lines are none. What is not JSON is left to the reader."""
    found = [line.strip(" \t\r") for line in text.split("\n")]
    rows = [line for line in found if line]
    if len(rows) > most:
        raise TooManyRowsError
    return rows


def elements_of(text: str, *, most: int, at: str = "") -> list[Part]:
    """The elements of a JSON array. ``at``: where it stands in the body."""
    walk = _Walk(text)
    found: list[Part] = []
    for part in walk.array(at):
        found.append(part)
        if len(found) > most:
            raise TooManyRowsError
    return found


def members_of(text: str, at: str = "") -> dict[str, Part]:
    """The members of a JSON object that stands at ``at`` in the body."""
    walk = _Walk(text)
    found: dict[str, Part] = {}
    for name, part in walk.object(at):
        if name in found:
            raise UnusableBodyError(
                Fault(f"{name[:60]!r} stands twice in one object: state it once.", "json", at)
            )
        found[name] = part
        if len(found) > MOST_MEMBERS:
            raise UnusableBodyError(Fault(f"It has more than {MOST_MEMBERS} members.", "json", at))
    return found


def part_of(text: str) -> Part:
    """A JSON text that is one value."""
    return _Walk(text).whole()


def row_of_event(text: str, at: str = "") -> str:
    """The ``data`` of a CloudEvent 1.0 with the event's attributes beside it, as one row.

    Raises UnusableBodyError for what is no such event, or carries no JSON.
    """
    event = members_of(text, at)
    faults = [*_attribute_faults(event, at), *_data_faults(event, at)]
    if faults:
        raise UnusableBodyError(*faults)
    data = event.pop("data")
    return row_with(data, {name: part.row for name, part in event.items()})


def row_with(data: Part, attributes: Mapping[str, str]) -> str:
    """``data`` as a row that keeps ``attributes`` (JSON texts by name); no object stays as it is."""
    if not isinstance(data.value, dict):
        return data.row
    kept = ", ".join(f"{json.dumps(name)}: {text}" for name, text in attributes.items())
    rest = data.row.strip(" \t")[1:]
    comma = ", " if data.value else ""
    return f'{{"{CLOUDEVENT}": {{{kept}}}{comma}{rest}'


def attribute_faults(stated: Mapping[str, str | None], at: str = "") -> list[Fault]:
    """What is wrong with the attributes of an event, wherever they were stated."""
    faults = [
        Fault(f"A CloudEvent needs {name!r}: a text that is not empty.", "required", f"{at}/{name}")
        for name in _REQUIRED
        if not stated.get(name)
    ]
    version = stated.get("specversion")
    if version and version != "1.0":
        detail = f"CloudEvents {version[:20]!r} is not taken: send specversion 1.0."
        faults.append(Fault(detail, "invalid", f"{at}/specversion"))
    return faults


def _attribute_faults(event: Mapping[str, Part], at: str) -> Sequence[Fault]:
    return attribute_faults({name: part.said for name, part in event.items()}, at)


def _data_faults(event: Mapping[str, Part], at: str) -> Iterator[Fault]:
    content = event.get("datacontenttype")
    if content is not None and not _IN_JSON.fullmatch(content.said or ""):
        yield Fault("The data has to be application/json.", "invalid", f"{at}/datacontenttype")
    if "data_base64" in event:
        yield Fault("Send the row as JSON in 'data'.", "invalid", f"{at}/data_base64")
    elif "data" not in event:
        yield Fault("The event has no 'data': that is the row.", "required", f"{at}/data")
    else:
        yield from data_faults(event["data"], f"{at}/data")


def data_faults(data: Part, at: str) -> Iterator[Fault]:
    """A row must leave the name free under which its event is kept."""
    if isinstance(data.value, dict) and CLOUDEVENT in data.value:
        detail = f"{CLOUDEVENT!r} is kept for the event's own attributes: rename it."
        yield Fault(detail, "invalid", f"{at}/{CLOUDEVENT}")


class _Walk:
    """A JSON text read from value to value."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0
        self.reader = Reader(".")

    def whole(self) -> Part:
        part = self._value("")
        self._end("")
        return part

    def array(self, at: str) -> Iterator[Part]:
        self._expect("[", at, "an array")
        if not self._takes("]"):
            number = 0
            while True:
                yield self._value(f"{at}/{number}")
                number += 1
                if self._takes("]"):
                    break
                self._expect(",", at, "',' or ']'")
        self._end(at)

    def object(self, at: str) -> Iterator[tuple[str, Part]]:
        self._expect("{", at, "an object")
        if not self._takes("}"):
            while True:
                name = self._value(at)
                if name.said is None:
                    raise self._unexpected(at, "behind a name in quotes")
                self._expect(":", at, "':'")
                yield name.said, self._value(f"{at}{pointer([name.said])}")
                if self._takes("}"):
                    break
                self._expect(",", at, "',' or '}'")
        self._end(at)

    def _value(self, at: str) -> Part:
        self._skip()
        start = self.place
        try:
            value, self.place = self.reader.decoder.raw_decode(self.text, start)
        except json.JSONDecodeError as error:
            place = f"line {error.lineno}, column {error.colno}"
            raise _not_json(f"It is not JSON at {place}: {error.msg}.", at) from None
        except JsonError as error:
            reason = str(error)
            raise _not_json(f"{reason[0].upper()}{reason[1:]}.", at) from None
        except RecursionError:
            raise _too_deep(at) from None
        part = Part(value, self.text[start : self.place])
        _check(part, at)
        return part

    def _expect(self, sign: str, at: str, wanted: str) -> None:
        if not self._takes(sign):
            raise self._unexpected(at, wanted)

    def _takes(self, sign: str) -> bool:
        self._skip()
        found = self.text.startswith(sign, self.place)
        self.place += found
        return found

    def _skip(self) -> None:
        found = _SPACE.match(self.text, self.place)
        assert found is not None  # it also matches nothing
        self.place = found.end()

    def _end(self, at: str) -> None:
        self._skip()
        if self.place < len(self.text):
            raise self._unexpected(at, "the end")

    def _unexpected(self, at: str, wanted: str) -> UnusableBodyError:
        line = self.text.count("\n", 0, self.place) + 1
        column = self.place - self.text.rfind("\n", 0, self.place)
        return _not_json(f"Line {line}, column {column} has to be {wanted}.", at)


def _check(part: Part, at: str) -> None:
    if "\\u0000" in part.text and any("\0" in text for text in _texts(part.value)):
        raise _not_json("A text holds NUL (\\u0000): leave the character out.", at)
    if part.text.count("{") + part.text.count("[") > MOST_DEPTH and _is_deep(part.value):
        raise _too_deep(at)


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_DEPTH):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return True


def _texts(value: Any) -> Iterator[str]:
    level = [value]
    while level:
        yield from (one for one in level if isinstance(one, str))
        level = [inner for one in level for inner in _inside(one)]


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def _too_deep(at: str) -> UnusableBodyError:
    return _not_json(f"It is nested more than {MOST_DEPTH} levels deep: send it flatter.", at)


def _not_json(detail: str, at: str) -> UnusableBodyError:
    return UnusableBodyError(Fault(detail, "json", at))
