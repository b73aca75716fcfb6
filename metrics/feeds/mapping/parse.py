"""From the plain dict of a portfolio file to a Mapping, with all problems in one error."""

import re
from collections.abc import Mapping as Lookup
from typing import Any, cast

from .fields import Fields
from .patterns import PatternError, check_pattern, has_zone
from .problems import MappingError, Problem, shown
from .shape import (
    Ambiguous,
    Format,
    FormatType,
    Mapping,
    Reference,
    Revision,
    TimeSource,
)
from .targets import code_table, expression, targets
from .zones import known_zone

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
ENCODINGS = ("utf-8", "utf-16", "latin-1", "cp1252", "iso-8859-15")
DELIMITERS = (",", ";", "\t", "|")
_KNOWS = {
    "csv": {"delimiter", "encoding", "decimal", "header_row", "compression"},
    "xlsx": {"sheet", "header_row", "decimal"},
    "json": {"records", "decimal"},
    "ndjson": {"compression", "decimal"},
    "parquet": {"decimal"},
}


def parse_mapping(data: Lookup[str, Any]) -> Mapping:
    """The mapping a dict describes.

    Raises MappingError with every problem found: its path, the value, the rule and the way out.
    """
    problems: list[Problem] = []
    mapping = _mapping(Fields(data, "", problems))
    if problems:
        raise MappingError(problems)
    return mapping


def _mapping(fields: Fields) -> Mapping:
    tables = _code_tables(fields)
    zone = _zone(fields)
    times = _times(fields, zone)
    mapping = Mapping(
        code=_code(fields),
        name=fields.text("name") or "",
        vendor=fields.text("vendor"),
        format=_format(fields),
        missing=fields.texts("missing"),
        zone=zone,
        identity=fields.texts("identity"),
        revision=_revision(fields, zone),
        times=times,
        where=expression(fields, "where"),
        targets=targets(fields, tables, times),
        reference=_reference(fields),
    )
    fields.close()
    _check_whole(fields, mapping)
    return mapping


def _code(fields: Fields) -> str:
    code = fields.text("code", required=True)
    if code and not CODE.fullmatch(code):
        fields.wrong("code", code, "is not a code", "use letters, digits, dot, dash, underscore")
    return code or ""


def _format(fields: Fields) -> Format:
    value = fields.take("format")
    if value is None:
        return Format()
    inner = Fields(value, fields.at("format"), fields.problems)
    type_ = inner.choice("type", _KNOWS, "csv")
    made = Format(
        type=cast(FormatType, type_),
        delimiter=inner.choice("delimiter", DELIMITERS, ","),
        encoding=inner.choice("encoding", ENCODINGS, "utf-8"),
        decimal=inner.choice("decimal", (".", ","), "."),
        header_row=inner.integer("header_row", 1, 1, 1000),
        compression=cast(Any, inner.choice("compression", ("auto", "none", "gz"), "auto")),
        sheet=inner.text("sheet", longest=31),
        records=inner.text("records"),
    )
    inner.close()
    for key in inner.data.keys() & inner.seen - _KNOWS[type_] - {"type"}:
        inner.wrong(key, inner.data[key], f"means nothing for type {type_}", "leave it out")
    return made


def _zone(fields: Fields) -> str | None:
    zone = fields.text("zone")
    if zone is not None and not known_zone(zone):
        fields.wrong("zone", zone, "is not an IANA time zone", "for example UTC or Europe/Paris")
    return zone


def _code_tables(fields: Fields) -> dict[str, dict[str, str]]:
    value = fields.take("codes")
    if value is None:
        return {}
    inner = Fields(value, fields.at("codes"), fields.problems)
    return {
        name: table
        for name in inner.data
        if (table := code_table(inner.take(name), inner.at(name), fields.problems)) is not None
    }


def _times(fields: Fields, zone: str | None) -> dict[str, TimeSource]:
    value = fields.take("times")
    if value is None:
        return {}
    inner = Fields(value, fields.at("times"), fields.problems)
    return {name: _time(inner, name, zone) for name in inner.data}


def _time(outer: Fields, name: str, zone: str | None) -> TimeSource:
    value = outer.take(name)
    if isinstance(value, str):
        value = {"column": value}
    fields = Fields(value, outer.at(name), outer.problems)
    column, fixed = fields.text("column"), fields.text("fixed")
    pattern = _pattern(fields)
    own_zone = _zone(fields) or zone
    ambiguous = fields.choice("ambiguous", ("earlier", "later", "reject"), "earlier")
    fields.close()
    if (column is None) == (fixed is None) and fields.is_table:
        fields.wrong("", None, "needs a column or a fixed time, one of the two")
    if column and own_zone is None and not has_zone(pattern):
        fields.wrong(
            "", column, f"the format {pattern!r} has no time zone and none is declared", "add zone:"
        )
    fixed_us = _fixed(fields, fixed)
    return TimeSource(column, pattern, own_zone, cast(Ambiguous, ambiguous), fixed_us)


def _pattern(fields: Fields) -> str:
    pattern = fields.text("format") or "iso"
    try:
        check_pattern(pattern)
    except PatternError as error:
        fields.wrong("format", pattern, str(error), "for example iso, epoch or %d/%m/%Y %H:%M")
        return "iso"
    return pattern


def _fixed(fields: Fields, text: str | None) -> int | None:
    if text is None:
        return None
    from datetime import datetime

    from .calendar import microseconds

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fields.wrong("fixed", text, "is not a time", "write 2026-03-01T00:00:00Z")
        return None
    if moment.tzinfo is None:
        fields.wrong("fixed", text, "has no time zone", "end it with Z or an offset such as +01:00")
        return None
    return microseconds(moment)


def _revision(fields: Fields, zone: str | None) -> Revision:
    value = fields.take("revision")
    if value is None:
        return Revision()
    if isinstance(value, str):
        if value in ("by_delivery", "immutable"):
            return Revision(mode=cast(Any, value))
        return Revision("column", value)
    inner = Fields(value, fields.at("revision"), fields.problems)
    if "format" not in inner.data:
        column = inner.text("column", required=True)
        inner.close()
        return Revision("column", column)
    time = _time(fields, "revision", zone)
    return Revision("column", time.column, time)


def _reference(fields: Fields) -> Reference | None:
    value = fields.take("reference")
    if value is None:
        return None
    inner = Fields(value, fields.at("reference"), fields.problems)
    if inner.take("unpivot") is not True:
        inner.wrong("unpivot", inner.data.get("unpivot"), "must be true", "one series per row")
    made = Reference(inner.text("series", required=True) or "", inner.integer("decimals", 0, 0, 10))
    inner.close()
    return made


def _check_whole(fields: Fields, mapping: Mapping) -> None:
    if mapping.reference is not None:
        if mapping.targets or fields.data.get("targets"):
            fields.wrong("targets", None, "a reference feed has no targets", "leave them out")
        if mapping.format.type != "csv":
            fields.wrong("format.type", mapping.format.type, "a reference feed is read from CSV")
        return
    if not mapping.identity and "identity" not in {p.path for p in fields.problems}:
        hint = "name the columns that tell one item from another"
        fields.wrong("identity", None, "is missing", hint)
    if fields.data.get("targets") in (None, []):
        fields.wrong("targets", None, "is empty", "name at least one KPI, or declare reference:")
    if mapping.format.type == "csv" and mapping.format.decimal == mapping.format.delimiter:
        fields.wrong("format", shown(mapping.format.decimal), "is both delimiter and decimal sign")
