"""YAML files to plain values that remember their place.

A number keeps its digits: whole numbers become ``int``, others ``Decimal``, never float. Only
``true`` and ``false`` are yes/no values, so that the country ``NO`` stays text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from metrics.portfolio.problems import Problem

Key = tuple[str | int, ...]

SUFFIXES = (".yaml", ".yml")
MAX_BYTES = 5_000_000
MAX_DEPTH = 30
MAX_VALUES = 250_000  # that one file states, keys included
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_TAG = "tag:yaml.org,2002:"
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,19})", re.ASCII)
DECIMAL = re.compile(r"-?(?:0|[1-9]\d{0,19})\.\d{1,30}", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_NULL = re.compile(r"~|null|Null|NULL|")


class _Loader(yaml.CSafeLoader):
    """Composes nodes only; which plain text is a number or a day is decided by our own rules."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


def _resolve(kind: str, pattern: re.Pattern[str], first: Iterable[str]) -> None:
    _Loader.add_implicit_resolver(_TAG + kind, re.compile(f"(?:{pattern.pattern})$"), list(first))


_resolve("int", WHOLE, "-0123456789")
_resolve("float", DECIMAL, "-0123456789")
_resolve("timestamp", DAY, "0123456789")
_resolve("bool", _BOOLEAN, "tTfF")
_resolve("null", _NULL, ["~", "n", "N", ""])


@dataclass(slots=True)
class Document:
    """One file: its values, and the line of every key and list item by its path.

    ``broken``: paths whose value could not be read, which is reported already.
    ``troubled``: paths of entries with a problem.
    """

    file: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)
    broken: set[Key] = field(default_factory=set)
    troubled: set[Key] = field(default_factory=set)

    def line(self, path: Key) -> int:
        """The line of ``path``, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_paths(paths: Iterable[Path]) -> tuple[list[Document], list[Problem]]:
    """Read files and, recursively and sorted, the YAML files of folders."""
    documents: list[Document] = []
    problems: list[Problem] = []
    for file in _files(paths, problems):
        document, found = read_text(str(file), _text(file, problems))
        documents.append(document)
        problems += found
    return documents, problems


def _files(paths: Iterable[Path], problems: list[Problem]) -> Iterator[Path]:
    seen: set[Path] = set()
    for path in paths:
        found = _below(path) if path.is_dir() else [path] if path.is_file() else []
        if not found:
            hint = f"state a file, or a folder with files ending in {' or '.join(SUFFIXES)}"
            problems.append(Problem(str(path), 0, "", "no portfolio file is here", hint))
        for file in found:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _below(folder: Path) -> list[Path]:
    return sorted(f for f in folder.rglob("*") if f.suffix in SUFFIXES and f.is_file())


def _text(file: Path, problems: list[Problem]) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            hint = f"split it: one file holds at most {MAX_BYTES} bytes"
            problems.append(Problem(str(file), 0, "", "the file is too large", hint))
            return ""
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"byte {error.start} is not UTF-8"
        problems.append(Problem(str(file), 0, "", message, "save the file as UTF-8"))
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        problems.append(Problem(str(file), 0, "", message, "check its permissions"))
    return ""


def read_text(file: str, text: str) -> tuple[Document, list[Problem]]:
    """Read one file's text; its document is empty where the text is no YAML at all."""
    reading = _Reading(Document(file))
    try:
        _refuse_size(text)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
        reading.take(node)
    except yaml.YAMLError as error:
        reading.problems.append(_syntax(file, text, error))
    return reading.document, reading.problems


TOO_DEEP = f"nested more than {MAX_DEPTH} levels"
TOO_MANY = f"more than {MAX_VALUES} values: split the file"


class _TooLargeError(yaml.YAMLError):
    def __init__(self, problem: str, mark: Any) -> None:
        super().__init__()
        self.problem = problem
        self.problem_mark = mark


def _refuse_size(text: str) -> None:
    """Walk the events before nodes are composed: composing recurses once per level, and keeps
    every value."""
    depth = values = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        values += isinstance(event, yaml.NodeEvent)
        if depth > MAX_DEPTH:
            raise _TooLargeError(TOO_DEEP, event.start_mark)
        if values > MAX_VALUES:
            raise _TooLargeError(TOO_MANY, event.start_mark)


def _syntax(file: str, text: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    hint = "one YAML document per file; quote text that has a colon, a # or a bracket"
    if mark and _is_indented_by_tab(text, mark.line):
        said, hint = "a tab stands in the indentation", "indent with spaces"
    return Problem(file, mark.line + 1 if mark else 1, "", f"not valid YAML: {said}", hint)


def _is_indented_by_tab(text: str, line: int) -> bool:
    lines = text.splitlines()
    stated = lines[line] if line < len(lines) else ""
    return "\t" in stated[: len(stated) - len(stated.lstrip())]


class _Reading:
    """Turns nodes into values, noting lines and everything that YAML allows and we do not."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def take(self, node: yaml.Node | None) -> None:
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            self._report(node, (), "a portfolio file is a mapping", "begin with `vendors:` or such")
            return
        self.document.data = self._mapping(node, ())

    def _report(self, node: yaml.Node, path: Key, message: str, hint: str) -> None:
        line = node.start_mark.line + 1
        self.document.broken.add(path)
        found = Problem(self.document.file, line, spell(path), message, hint, path)
        self.problems.append(found)

    def _value(self, node: yaml.Node, path: Key) -> Any:
        if id(node) in self._seen:
            self._report(node, path, "an alias (*name) is not read", "write the value out")
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._item(child, (*path, i)) for i, child in enumerate(node.value)]
        return self._scalar(node, path)

    def _item(self, node: yaml.Node, path: Key) -> Any:
        self.document.lines[path] = node.start_mark.line + 1
        return self._value(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Key) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._report(key_node, path, "a key is text", "write `name: value`")
                continue
            key = key_node.value
            place = (*path, key)
            if key in found:
                first = self.document.lines[place]
                message = f"'{key}' stands here twice, first in line {first}"
                self._report(key_node, path, message, "keep one of them")
                continue
            self._refuse_control(key_node, key, path)
            self.document.lines[place] = key_node.start_mark.line + 1
            found[key] = self._value(value_node, place)
        return found

    def _refuse_control(self, node: yaml.Node, text: str, path: Key) -> None:
        if CONTROL.search(text):
            message = f"{text!r} has a control character"
            self._report(node, path, message, "leave it out")

    def _scalar(self, node: yaml.Node, path: Key) -> Any:
        text: str = node.value
        kind = node.tag.removeprefix(_TAG)
        if kind == "str":
            self._refuse_control(node, text, path)
            return text
        reader = _PLAIN.get(kind)
        if reader is None or not reader[0].fullmatch(text):
            self._report(node, path, f"{text!r} has the tag {node.tag}", "leave the tag out")
            return None
        if kind == "timestamp":
            return self._day(node, text, path)
        return reader[1](text)

    def _day(self, node: yaml.Node, text: str, path: Key) -> date | None:
        try:
            return day_of(text)
        except NoDayError as error:
            self._report(node, path, error.message, error.hint)
            return None


class NoDayError(ValueError):
    """A text that looks like a day and is none that we take."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def day_of(text: str) -> date:
    """The day that ``text`` states. Raises NoDayError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        hint = "write an existing day as year-month-day, or quote it where text is meant"
        raise NoDayError(f"{text} is not a day of the calendar", hint) from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        hint = "leave the key out where nothing is agreed, such as an end"
        raise NoDayError(f"{text} is not within {_FIRST_YEAR} to {_LAST_YEAR}", hint)
    return day


_PLAIN: dict[str, tuple[re.Pattern[str], Any]] = {
    "int": (WHOLE, int),
    "float": (DECIMAL, Decimal),
    "timestamp": (DAY, date.fromisoformat),
    "bool": (_BOOLEAN, lambda text: text.lower() == "true"),
    "null": (_NULL, lambda text: None),
}


def spell(path: Key) -> str:
    """A path in words, list items counted from 1: ``bands 2, from``."""
    words = ""
    for step in path:
        words += f" {step + 1}" if isinstance(step, int) else f"{', ' if words else ''}{step}"
    return words
