"""The wording of letters: ours from the package, or the buyer's own from a day on.

A wording is text with fields. It is checked before it is kept: it names fields of its kind and
may leave out what depends on one, and nothing else of the template language works in it. Values
are put in as they are and never read again, so a value that looks like a field stays text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from django.core.exceptions import ValidationError
from django.template import Context, Engine, Template, TemplateSyntaxError
from django.template.base import Lexer, Token, TokenType

from contracts.services.writing import save, writing
from metrics.models.letters import LetterKind, LetterTemplate

_FOLDER: Final = Path(__file__).parent / "texts"
_ENGINE: Final = Engine(autoescape=False)
PARAGRAPH: Final = "paragraph"
_EVERYWHERE: Final = frozenset(
    {"contract", "contract_title", "vendor", "greeting", "today", "answer_by", PARAGRAPH}
)
_OF_FAILURE: Final = frozenset(
    {"kpi", "period", "value", "service_level", "minimum", "shortfall", "clause", "wording"}
    | {"misses", "case", "revision", "severity"}
)
FIELDS: Final[Mapping[str, frozenset[str]]] = {
    LetterKind.CLAIM: _EVERYWHERE | _OF_FAILURE | {"credit", "credit_steps"},
    LetterKind.PLAN: _EVERYWHERE | _OF_FAILURE,
    LetterKind.ANSWER: _EVERYWHERE | _OF_FAILURE | {"dispute", "disputed_on", "answer"},
    LetterKind.STOP: _EVERYWHERE | {"term_ends", "last_day_to_serve", "notice_period", "clause"},
}
_CONDITIONS: Final = frozenset({"if", "elif", "else", "endif"})
_BETWEEN: Final = frozenset({"and", "or", "not"})


@dataclass(frozen=True, slots=True)
class Wording:
    """``valid_from``: since when it is used; None: it is ours."""

    subject: str
    body: str
    valid_from: date | None = None


def wording_of(kind: str, *, on: date) -> Wording:
    """The wording in force on a day."""
    own = LetterTemplate.objects.filter(kind=kind, valid_from__lte=on).order_by("-valid_from")
    if found := own.first():
        return Wording(found.subject, found.body, found.valid_from)
    return wording_of_ours(kind)


def wording_of_ours(kind: str) -> Wording:
    """The wording that comes with the package: its first line is the subject."""
    subject, _, body = (_FOLDER / f"{kind}.txt").read_text(encoding="utf-8").partition("\n")
    return Wording(subject, body.strip())


def filled(text: str, fields: Mapping[str, str]) -> str:
    """``text`` with its fields, which become no template themselves."""
    return str(Template(text, engine=_ENGINE).render(Context(dict(fields), autoescape=False)))


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text: an empty line parts them, a line break inside one is kept."""
    parts = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))
    tidy = ("\n".join(line.strip() for line in part.strip().split("\n")) for part in parts)
    return [part for part in tidy if part]


def one_line(text: str) -> str:
    """A text that somebody else wrote, as one line: it ends no paragraph and begins none."""
    return " ".join(text.split())


def wording_save(
    *, kind: str, valid_from: date, subject: str, body: str, by: str
) -> LetterTemplate:
    """Keep a wording of the buyer's own from a day on; earlier ones stay as they are.

    Raises ValidationError with everything that is wrong with it.
    """
    if faults := {name: said for name, said in _faults(kind, subject, body).items() if said}:
        raise ValidationError(faults)
    template = LetterTemplate(
        kind=kind, valid_from=valid_from, subject=one_line(subject), body=body.strip(), made_by=by
    )
    with writing():
        save(template, action="kept")
    return template


def _faults(kind: str, subject: str, body: str) -> dict[str, list[str]]:
    known = FIELDS.get(kind, frozenset())
    faults = {
        name: list(wording_faults(text, known))
        for name, text in (("subject", subject), ("body", body))
    }
    if PARAGRAPH not in _names(body):
        faults["body"].append("Say where the free paragraph stands: write {{ paragraph }} there.")
    return faults


def wording_faults(text: str, known: frozenset[str]) -> Iterator[str]:
    """What a wording says that it cannot, and the way out."""
    for token in Lexer(text).tokenize():
        yield from _token_faults(token, known)
    try:
        Template(text, engine=_ENGINE)
    except TemplateSyntaxError as error:
        yield f"It cannot be read: {error}"


def _token_faults(token: Token, known: frozenset[str]) -> Iterator[str]:
    shown = token.contents[:60]
    if token.token_type == TokenType.VAR and token.contents not in known:
        yield f"{{{{ {shown} }}}} is no field of this letter: use {', '.join(sorted(known))}."
    if token.token_type == TokenType.COMMENT:
        yield "A comment would be lost: leave it out."
    if token.token_type == TokenType.BLOCK and not _is_condition(token.contents, known):
        yield f"{{% {shown} %}} does not work here: use {{% if field %}}, else and endif."


def _is_condition(contents: str, known: frozenset[str]) -> bool:
    word, *others = contents.split() or [""]
    return word in _CONDITIONS and set(others) <= known | _BETWEEN


def _names(text: str) -> set[str]:
    return {each.contents for each in Lexer(text).tokenize() if each.token_type == TokenType.VAR}
