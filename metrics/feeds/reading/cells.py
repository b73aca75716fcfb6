"""Cells of a worksheet as texts: shared strings, numbers as people typed them, dates by style."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from .package import Package

_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_BUILTIN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(50, 59)})
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_NOT_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
LAST_SERIAL = 2_958_465
FIRST_SERIAL = 61


@dataclass
class Styles:
    """Which cell formats show a number as a date."""

    dates: list[bool] = field(default_factory=list)

    def is_date(self, style: str | None) -> bool:
        index = int(style) if style and style.isdigit() else 0
        return index < len(self.dates) and self.dates[index]


def read_styles(package: Package, name: str) -> Styles:
    """The date formats of styles.xml; none where there is no such part."""
    styles, custom, inside = Styles(), {}, False
    if name not in package.names:
        return styles

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if tag == "numFmt":
            custom[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            inside = True
        elif tag == "xf" and inside:
            styles.dates.append(_is_date(attributes.get("numFmtId", "0"), custom))

    def end(tag: str) -> None:
        nonlocal inside
        if tag == "cellXfs":
            inside = False

    package.parse(name, start=start, end=end)
    return styles


def _is_date(number: str, custom: dict[str, str]) -> bool:
    code = custom.get(number)
    if code is None:
        return number.isdigit() and int(number) in _BUILTIN_DATES
    if _ELAPSED.search(code):
        return False
    return bool(_DATE_LETTERS.search(_NOT_LETTERS.sub("", code.split(";")[0])))


def read_shared_strings(package: Package, name: str) -> list[str]:
    """The shared strings; phonetic readings are left out."""
    found: list[str] = []
    pieces: list[str] = []
    in_text = in_phonetic = False

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal in_text, in_phonetic
        if tag == "si":
            pieces.clear()
        elif tag == "rPh":
            in_phonetic = True
        elif tag == "t":
            in_text = not in_phonetic

    def end(tag: str) -> None:
        nonlocal in_text, in_phonetic
        if tag == "si":
            found.append("".join(pieces))
        elif tag == "rPh":
            in_phonetic = False
        elif tag == "t":
            in_text = False

    def text(piece: str) -> None:
        if in_text:
            pieces.append(piece)

    if name in package.names:
        package.parse(name, start=start, end=end, text=text)
    return found


def number_text(raw: str) -> str:
    """A stored number as its shortest decimal text: 0.1 for 0.10000000000000001.

    Workbooks keep binary doubles with up to 17 digits; the shortest text that reads back as the
    same double is what was typed. What is no finite number stays as it stands.
    """
    if _PLAIN.fullmatch(raw) and sum(letter.isdigit() for letter in raw) <= 15:
        return raw
    try:
        value = float(raw)
        plain = Decimal(repr(value))
    except (ValueError, ArithmeticError):
        return raw
    if not plain.is_finite() or abs(plain.adjusted()) > 60:
        return raw
    text = format(plain, "f")
    return text.removesuffix(".0")


def date_text(raw: str, *, date1904: bool) -> str:
    """A serial day number of a date cell as ISO text; one before 1900-03-01 stays a number."""
    try:
        serial = float(raw)
    except ValueError:
        return raw
    first = 0 if date1904 else FIRST_SERIAL
    if not first <= serial <= LAST_SERIAL:
        return number_text(raw)
    start = datetime(1904, 1, 1) if date1904 else datetime(1899, 12, 30)
    moment = start + timedelta(milliseconds=round(serial * 86_400_000))
    if serial == int(serial):
        return moment.date().isoformat()
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def column_number(reference: str) -> int:
    """0 for A1, 27 for AB7; -1 where there is no letter."""
    number = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number - 1
