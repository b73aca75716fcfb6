"""Portfolio files as bodies: read whole, never more than one file may have."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from rest_framework.renderers import BaseRenderer

from kpotracker.toolkit.pointers import pointer
from kpotracker.toolkit.problems import InputError, InvalidInputError, RefusedError
from metrics.api.bodies import TypedBody, WholeBody
from metrics.portfolio import PortfolioError, Problem
from metrics.portfolio.exporting import Exported, json_text, yaml_text
from metrics.portfolio.reader import MAX_BYTES

JSON = "application/json"
YAML = "application/yaml"
TYPES = (YAML, "application/x-yaml", "text/yaml", "text/plain", JSON)
_MOST_ERRORS = 500
_LONGEST = 500  # of what one error says


@dataclass(frozen=True, slots=True)
class PortfolioText:
    """What was sent, and as which of the two."""

    text: str
    is_json: bool


@dataclass(frozen=True, slots=True)
class PlacedError(InputError):
    """One problem of a file: its ``line`` where it was YAML, what is wrong and the way out."""

    line: int | None = None
    where: str = ""
    message: str = ""
    hint: str = ""


class PortfolioBody(TypedBody):
    """The text of a portfolio file, with what a file of that size can hold."""

    types = TYPES

    def taken(self, body: WholeBody, main: str) -> PortfolioText:
        return PortfolioText(_text(body), main == JSON)


class YamlRenderer(BaseRenderer):
    """An export as a portfolio file."""

    media_type = YAML
    format = "yaml"
    charset = "utf-8"

    def render(self, data: Any, *args: Any) -> bytes:
        return yaml_text(data).encode() if isinstance(data, Exported) else b""


class ExportJsonRenderer(BaseRenderer):
    """An export as JSON that applies just as well."""

    media_type = JSON
    format = "json"
    charset = None

    def render(self, data: Any, *args: Any) -> bytes:
        return json_text(data).encode() if isinstance(data, Exported) else b""


def refusal_of(error: PortfolioError, *, is_json: bool) -> InvalidInputError:
    """Every problem of a file as errors of the body; of very many, the first ones."""
    found = list(_errors(error.problems[:_MOST_ERRORS], is_json=is_json))
    more = len(error.problems) - len(found)
    if more > 0:
        said = f"{more} more problems are not listed: correct these, and plan it again."
        found.append(PlacedError(said, pointer="#"))
    return InvalidInputError(found)


def _errors(problems: Iterable[Problem], *, is_json: bool) -> Iterator[PlacedError]:
    for problem in problems:
        said = ": ".join(part for part in (problem.where, problem.message, problem.hint) if part)
        yield PlacedError(
            _cut(said),
            pointer=f"#{pointer(problem.path)}",
            line=None if is_json and problem.path else problem.line or None,
            where=_cut(problem.where),
            message=_cut(problem.message),
            hint=_cut(problem.hint),
        )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _text(body: WholeBody) -> str:
    if body.length > MAX_BYTES:
        raise RefusedError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"A portfolio file may have {MAX_BYTES} bytes: send it in parts.",
        )
    try:
        return body.whole().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        said = f"Byte {error.start + 1} is not UTF-8: send the file as UTF-8."
        raise InvalidInputError([InputError(said, pointer="#")]) from None
