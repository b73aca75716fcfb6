"""PDF documents: templates of the project, filled with data that never becomes markup.

The data reaches its template as JSON, so that a name full of ``#``, ``$`` or quotes stays a name.
A document is PDF/A-2a and PDF/UA-1, tagged, with a language and a title, and the same data gives
the same bytes: its date is the data's. Nothing is downloaded, and fonts are those that come with
the typesetter; only writing that these lack is looked for in the fonts of the machine.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typst
from django.conf import settings

if TYPE_CHECKING:
    from typst import PDFStandard

_STANDARDS: Final["list[PDFStandard]"] = ["a-2a", "ua-1"]
_NO_STANDARD: Final["list[PDFStandard]"] = []
_NEEDED: Final = ("title", "language", "made_at")
# What no font can show: controls but line feed, halves of characters, and orders to write backwards.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)
_NO_GLYPH: Final = "could not be displayed"


class TypesettingError(RuntimeError):
    """A template that does not fit its data; the message is the typesetter's."""


def pdf_of(*, template: str, data: Mapping[str, Any]) -> bytes:
    """The document that ``template`` makes of ``data``, as PDF/A-2a and PDF/UA-1.

    ``template``: its path below the project, such as ``metrics/reviews/templates/pack.typ``; it
    starts with ``#import "/kpotracker/toolkit/typst/house.typ": *`` and reads the data as
    ``given``. ``data``: plain JSON values, among them ``title``, ``language`` (such as "en") and
    ``made_at`` (an ISO 8601 instant, the date of the document).

    Writing for which there is no font anywhere shows as boxes, and such a document claims no
    standard. Raises ValueError for data without its needed keys, TypesettingError for a template
    that fails.
    """
    missing = [name for name in _NEEDED if not data.get(name)]
    if missing:
        raise ValueError(f"data for {template} lacks {', '.join(missing)}: a document needs them")
    given = json.dumps(_printable(data), ensure_ascii=False)
    made_at = _instant(str(data["made_at"]))
    attempts = ((True, _STANDARDS), (False, _STANDARDS), (False, _NO_STANDARD))
    for only_own_fonts, standards in attempts:
        try:
            return _compiled(template, given, made_at, only_own_fonts, standards)
        except typst.TypstError as error:
            if _NO_GLYPH not in str(error.diagnostic) or not standards:
                raise TypesettingError(str(error.diagnostic)) from error
    raise AssertionError("the last attempt returns or raises")


def _compiled(
    template: str,
    given: str,
    made_at: datetime,
    only_own_fonts: bool,
    standards: "list[PDFStandard]",
) -> bytes:
    root = Path(settings.BASE_DIR)
    return typst.compile(
        root / template,
        root=root,
        format="pdf",
        sys_inputs={"given": given},
        ignore_system_fonts=only_own_fonts,
        pdf_standards=standards,
        timestamp=made_at,
    )


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text).replace(microsecond=0)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _printable(value: Any) -> Any:
    """``value`` with all texts rid of what no font can show."""
    if isinstance(value, str):
        return _UNPRINTABLE.sub(" ", value)
    if isinstance(value, Mapping):
        return {str(key): _printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return value
