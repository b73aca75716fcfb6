"""JSON documents and JSON lines. Numbers stay as they are written; nested names join with dots."""

import json
from collections.abc import Collection, Iterator
from typing import Any, NoReturn

from ..mapping.batch import Batch
from .events import Structure
from .header import HeaderRule, check_required
from .refusal import Refused
from .source import Request
from .spool import Spool
from .stream import text_blocks

LONGEST_NUMBER = 400
SHOWN_RECORDS = 1000
WAY_OUT = "nested values are reached by dots (mturk.given)"


class JsonError(ValueError):
    """A text that is JSON to some readers and not to others, or not at all."""


class Reader:
    """Decodes strictly: no NaN, no repeated keys, no numbers beyond a double, no lone surrogates."""

    def __init__(self, decimal: str) -> None:
        self.decimal = decimal
        self.decoder = json.JSONDecoder(
            object_pairs_hook=_unique,
            parse_float=self._float,
            parse_int=_integer,
            parse_constant=_constant,
        )

    def read(self, text: str) -> Any:
        """The value of one text, numbers as texts. Raises JsonError with the reason."""
        try:
            return self.decoder.decode(text)
        except json.JSONDecodeError as error:
            place = f"line {error.lineno}, character {error.colno}"
            raise JsonError(f"not JSON at {place}: {error.msg}") from error
        except RecursionError as error:
            raise JsonError("nested too deeply") from error

    def _float(self, text: str) -> str:
        if len(text) > LONGEST_NUMBER or float(text) in (float("inf"), float("-inf")):
            raise JsonError(f"the number {text[:40]} is out of range")
        return text.replace(".", self.decimal) if self.decimal != "." else text


def _integer(text: str) -> str:
    if len(text) > LONGEST_NUMBER:
        raise JsonError(f"an integer of {len(text)} digits is out of range")
    return text


def _constant(name: str) -> NoReturn:
    raise JsonError(f"{name} is not JSON; leave the value out or send null")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise JsonError(f"the key {twice[:60]!r} stands twice in one object")
    return made


def value_at(record: dict[str, Any], name: str) -> Any:
    """The value under a dotted name; None where there is none. A key with dots wins over a path."""
    if name in record:
        return record[name]
    found: Any = record
    for step in name.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(step)
    return found


def has(record: dict[str, Any], name: str) -> bool:
    if name in record:
        return True
    first, _, rest = name.partition(".")
    inner = record.get(first)
    return bool(rest) and isinstance(inner, dict) and has(inner, rest)


def dotted(record: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The names that a record offers, for messages."""
    for key, value in record.items():
        if isinstance(value, dict) and value:
            yield from dotted(value, f"{prefix}{key}.")
        else:
            yield prefix + key


class _Records:
    """Collects records into a spool and remembers which columns were seen."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.spool = Spool(request.out_dir, request.required, request.limits)
        self.absent = set(request.required)
        self.seen: dict[str, None] = {}
        self.objects = 0

    def add(self, line: int, record: Any) -> None:
        if not isinstance(record, dict):
            shown = json.dumps(record)[:100]
            self.bad(line, shown, "the row is not an object with names and values")
            return
        self.objects += 1
        if self.absent:
            self.absent = {name for name in self.absent if not has(record, name)}
        if self.objects <= SHOWN_RECORDS:
            self.seen.update(dict.fromkeys(dotted(record)))
        self._add(line, record)

    def _add(self, line: int, record: dict[str, Any]) -> None:
        texts: list[str | None] = []
        for name in self.request.required:
            value = value_at(record, name)
            if isinstance(value, dict | list):
                message = f"{name!r} holds a nested value"
                self.spool.refuse(line, name, json.dumps(value)[:100], "json", message, WAY_OUT)
                return
            text = _text(value)
            if text is not None and not text.isascii() and _has_surrogate(text):
                message = f"{name!r} holds half a character"
                hint = "send whole surrogate pairs"
                self.spool.refuse(line, name, ascii(text), "json", message, hint)
                return
            texts.append(text)
        self.spool.add(line, texts)

    def bad(self, line: int, value: str, message: str) -> None:
        self.spool.refuse(line, "", value, "json", message, "send one JSON object per row")

    def finish(self, where: str, blank: int = 0) -> Structure:
        self.spool.close()
        rows = self.spool.rows
        if not rows:
            raise Refused("empty", f"{where} holds no rows", "send the rows, or a nil return")
        if self.spool.faulty * 2 > rows and not self.objects:
            hint = "one JSON object per line, or declare format: {type: json} for an array"
            raise Refused("json", f"no row of {where} is a JSON object", hint)
        if self.objects:
            rule = HeaderRule(self.request.required, where, 0, WAY_OUT)
            missing = [name for name in self.request.required if name in self.absent]
            if missing:
                names = [*self.seen, *(n for n in self.request.required if n not in self.absent)]
                check_required(list(dict.fromkeys(names)), rule)
        return Structure(rows, blank)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return "true" if value else "false"


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


class JsonDocument:
    """One JSON document holding a list of objects, at the top or under `records`."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.names = list(request.required)
        self.records = _Records(request)

    def scan(self) -> Structure:
        whole = self._whole()
        try:
            document = Reader(self.request.format.decimal).read(whole)
        except JsonError as error:
            raise Refused("json", str(error), "mend the export at the source") from error
        rows = self._rows(document)
        for number, record in enumerate(rows, start=1):
            self.records.add(number, record)
        return self.records.finish("the list of records")

    def batches(self) -> Iterator[Batch]:
        yield from self.records.spool.batches()

    def records_at(self, wanted: Collection[int] | None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Number and object of the `wanted` rows (all if None) that are objects."""
        document = Reader(self.request.format.decimal).read(self._whole())
        for number, record in enumerate(self._rows(document), start=1):
            if (wanted is None or number in wanted) and isinstance(record, dict):
                yield number, record

    def _whole(self) -> str:
        limit, pieces, size = self.request.limits.document, [], 0
        blocks = text_blocks(
            self.request.path,
            kind="json",
            encoding="utf-8",
            compression="auto",
            limits=self.request.limits,
            progress=self.request.progress,
        )
        for block in blocks:
            pieces.append(block)
            size += len(block)
            if size > limit:
                hint = "send one object per line and declare format: {type: ndjson}"
                raise Refused("limits", f"a JSON document of more than {limit} bytes", hint)
        text = b"".join(pieces).decode()
        if "\0" in text:
            raise Refused("json", "the document holds NUL characters", "send plain JSON")
        return text

    def _rows(self, document: Any) -> list[Any]:
        path = self.request.format.records
        found = document if path is None else _at_path(document, path)
        if isinstance(found, list):
            if any(_has_nul(record) for record in found):
                raise Refused("json", "a text holds NUL (\\u0000)", "leave the character out")
            return found
        where = f"at {path!r}" if path else "at the top"
        lists = _lists(document)
        hint = f"declare format: {{records: {lists[0]}}}" if lists else "send a list of objects"
        raise Refused("json", f"there is no list of records {where}", hint)


def _at_path(document: Any, path: str) -> Any:
    return value_at(document, path) if isinstance(document, dict) else None


def _lists(document: Any) -> list[str]:
    if not isinstance(document, dict):
        return []
    return [name for name in dotted(document) if isinstance(value_at(document, name), list)]


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in key or _has_nul(inner) for key, inner in value.items())
    return isinstance(value, list) and any(_has_nul(inner) for inner in value)


class JsonLines:
    """One JSON object per line; a line that is none is a bad row, not a bad file."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.names = list(request.required)
        self.records = _Records(request)
        self.reader = Reader(request.format.decimal)

    def scan(self) -> Structure:
        blank = 0
        for number, line in enumerate(self._lines(), start=1):
            if line.strip():
                self._add(number, line)
            else:
                blank += 1
        return self.records.finish("the file", blank)

    def batches(self) -> Iterator[Batch]:
        yield from self.records.spool.batches()

    def records_at(self, wanted: Collection[int] | None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Line and object of the `wanted` lines (all if None); one that is none is empty."""
        for number, line in enumerate(self._lines(), start=1):
            if line.strip() and (wanted is None or number in wanted):
                yield number, self._object(line)

    def _object(self, line: bytes) -> dict[str, Any]:
        try:
            record = self.reader.read(line.decode())
        except (JsonError, UnicodeDecodeError):
            return {}
        return record if isinstance(record, dict) else {}

    def _add(self, number: int, line: bytes) -> None:
        try:
            self.records.add(number, self.reader.read(line.decode()))
        except JsonError as error:
            reason = str(error).replace("line 1, ", "")
            self.records.bad(number, line[:200].decode("utf-8", "replace"), reason)

    def _lines(self) -> Iterator[bytes]:
        rest, limit, number = b"", self.request.limits.line, 0
        blocks = text_blocks(
            self.request.path,
            kind="ndjson",
            encoding="utf-8",
            compression=self.request.format.compression,
            limits=self.request.limits,
            progress=self.request.progress,
        )
        for block in blocks:
            *whole, rest = (rest + block).split(b"\n")
            yield from whole
            number += len(whole)
            if len(rest) > limit:
                message = f"line {number + 1} is longer than {limit} bytes"
                raise Refused("line", message, "end each object with a line break")
        if rest:
            yield rest
