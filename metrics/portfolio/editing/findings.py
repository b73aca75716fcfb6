"""What was refused, each with the place in the entry that it is about."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from metrics.portfolio.problems import Problem
from metrics.portfolio.reader import Document, Key
from metrics.portfolio.shapes import SECTIONS, Shape
from metrics.portfolio.shapes.kpis import DefinitionShape, LevelShape

SECTION = "kpis"
_MISSING = re.compile(r"'(\w+)' is missing")
_LINES: dict[str, type[Shape]] = {"definitions": DefinitionShape, "service_levels": LevelShape}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend: ``path`` leads to it within the entry, () is the entry as a whole."""

    path: Key
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """A sentence with the way out."""
        said = f"{self.message[:1].upper()}{self.message[1:]}"
        return f"{said}: {self.hint}." if self.hint else f"{said}."


class EditRefusedError(ValidationError):
    """Nothing was changed; ``findings`` has every reason."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__([str(finding) for finding in self.findings])


def drawn_up(entry: Mapping[str, Any], section: str = SECTION) -> Document:
    """The entry as a document of its own, in which every key has a line to itself: a problem's
    line then tells which key it is about."""
    document = Document("", {section: [dict(entry)]})
    paths = dict.fromkeys(_paths(entry, SECTIONS[section]))
    for number, path in enumerate(paths, start=1):
        document.lines[(section, 0, *path)] = number
    return document


def findings_of(problems: Iterable[Problem], document: Document) -> list[Finding]:
    """The problems of a drawn up entry, in the order of its keys, each once."""
    places = {number: path[2:] for path, number in document.lines.items()}
    found = (
        Finding(_exactly(places.get(problem.line, ()), problem), problem.message, problem.hint)
        for problem in sorted(set(problems))
    )
    return list(dict.fromkeys(found))


def _exactly(path: Key, problem: Problem) -> Key:
    """What is missing is told of at what should hold it; its own place is more help."""
    if path[-1:] == ("parameters",):  # the message begins with the parameter's name
        return (*path, problem.message.partition(" ")[0])
    missing = _MISSING.match(problem.message)
    return (*path, missing[1]) if missing else path


def _paths(entry: Mapping[str, Any], shape: type[Shape]) -> Iterator[Key]:
    yield ()
    for name in (*shape.model_fields, *entry):
        yield (name,)
        yield from _below((name,), entry.get(name))


def _below(path: Key, value: Any) -> Iterator[Key]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield (*path, str(key))
            yield from _below((*path, str(key)), inner)
    elif isinstance(value, list):
        shape = _LINES.get(str(path[-1]))
        for number, inner in enumerate(value):
            yield (*path, number)
            yield from ((*path, number, name) for name in (shape.model_fields if shape else ()))
            yield from _below((*path, number), inner)
