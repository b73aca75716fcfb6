"""From the plain dict of a portfolio file to a Mapping, with all problems in one error."""

import re
from collections.abc import Mapping as Lookup
from decimal import Decimal
from typing import Any, cast

from .fields import Fields
from .grammar import ExpressionError, Node, kind, parse_expression
from .patterns import PatternError, check_pattern, has_zone
from .problems import MappingError, Problem, nearest, shown
from .shape import (
    TIME_ROLES,
    Ambiguous,
    Format,
    FormatType,
    KpiTemplate,
    Mapping,
    Reference,
    Revision,
    Target,
    TimeSource,
)
from .zones import known_zone

LONGEST_LIST = 200
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
ENCODINGS = ("utf-8", "utf-16", "latin-1", "cp1252", "iso-8859-15")
DELIMITERS = (",", ";", "\t", "|")
ROLES = [
    "value",
    "good",
    "valid",
    "numerator",
    "denominator",
    "volume",
    "hours",
    "leavers",
    "headcount",
    "weight",
    "forecast",
    "actual",
    "series",
]
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
        where=_expression(fields, "where"),
        targets=_targets(fields, tables, times),
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
        if (table := _code_table(inner.take(name), inner.at(name), fields.problems)) is not None
    }


def _code_table(value: object, path: str, problems: list[Problem]) -> dict[str, str] | None:
    inner = Fields(value, path, problems)
    for key, code in inner.data.items():
        if not isinstance(code, str):
            inner.wrong(key, code, "is not a text", "write the code in quotes")
    return {key: str(code) for key, code in inner.data.items()}


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


def _expression(fields: Fields, key: str) -> Node | None:
    value = fields.take(key)
    if value is None:
        return None
    if isinstance(value, bool):
        fields.wrong(key, value, "is not an expression", "write 1 or 0")
        return None
    if isinstance(value, int | float):
        value = format(Decimal(repr(value)), "f")
    if not isinstance(value, str) or not value.strip():
        fields.wrong(key, value, "is not an expression", "a column, a number or a comparison")
        return None
    try:
        return parse_expression(value)
    except ExpressionError as error:
        fields.wrong(key, value, str(error))
        return None


def _targets(
    fields: Fields, tables: dict[str, dict[str, str]], times: Lookup[str, TimeSource]
) -> tuple[Target, ...]:
    value = fields.take("targets")
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > LONGEST_LIST:
        fields.wrong("targets", value, f"is not a list of at most {LONGEST_LIST} targets")
        return ()
    return tuple(
        _target(Fields(item, f"{fields.at('targets')}[{index}]", fields.problems), tables, times)
        for index, item in enumerate(value)
    )


def _target(
    fields: Fields, tables: dict[str, dict[str, str]], times: Lookup[str, TimeSource]
) -> Target:
    roles = {role: _role(fields, role) for role in ROLES}
    used = {role: fields.text(role) for role in TIME_ROLES}
    for role, name in used.items():
        if name is not None and name not in times:
            fields.wrong(role, name, "is not a time of this mapping", nearest(name, times))
    made = Target(
        kpi=_template(fields, tables),
        roles={role: node for role, node in roles.items() if node is not None},
        times={role: name for role, name in used.items() if name is not None},
        when=_expression(fields, "when"),
        if_missing=cast(Any, fields.choice("if_missing", ("error", "skip"), "error")),
    )
    fields.close()
    return made


def _role(fields: Fields, role: str) -> Node | None:
    node = _expression(fields, role)
    if node is not None and role != "series" and kind(node) == "text":
        fields.wrong(
            role, fields.data[role], "is a text where a number is meant", "drop the quotes"
        )
    if node is not None and role == "series" and kind(node) not in ("column", "text"):
        fields.wrong(role, fields.data[role], "is not a column", "name the column of the series")
    return node


def _template(fields: Fields, tables: dict[str, dict[str, str]]) -> KpiTemplate:
    text = fields.text("kpi", required=True) or ""
    parts = re.split(r"\{([^{}]*)\}", text)
    literals, columns = tuple(parts[0::2]), tuple(part.strip() for part in parts[1::2])
    if any("{" in part or "}" in part for part in literals) or not all(columns):
        fields.wrong("kpi", text, "has an unclosed or empty brace", "write {column}-late")
    codes = _codes(fields, tables)
    if codes is not None and not columns and text:
        fields.wrong("codes", None, "is given but the KPI code has no {column}", "leave it out")
    return KpiTemplate(text, literals, columns, codes)


def _codes(fields: Fields, tables: dict[str, dict[str, str]]) -> Lookup[str, str] | None:
    value = fields.take("codes")
    if value is None:
        return None
    if isinstance(value, str):
        if value not in tables:
            fields.wrong("codes", value, "is not a table under codes:", nearest(value, tables))
        return tables.get(value)
    return _code_table(value, fields.at("codes"), fields.problems)


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
