"""Reading the targets of a mapping: which KPI, which roles, under which condition."""

import re
from collections.abc import Mapping as Lookup
from decimal import Decimal
from typing import Any, cast

from .fields import Fields
from .grammar import ExpressionError, parse_expression
from .problems import Problem, nearest
from .shape import TIME_ROLES, KpiTemplate, Target, TimeSource
from .tree import Node, kind

LONGEST_LIST = 200
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


def code_table(value: object, path: str, problems: list[Problem]) -> dict[str, str] | None:
    inner = Fields(value, path, problems)
    for key, code in inner.data.items():
        if not isinstance(code, str):
            inner.wrong(key, code, "is not a text", "write the code in quotes")
    return {key: str(code) for key, code in inner.data.items()}


def expression(fields: Fields, key: str) -> Node | None:
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


def targets(
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
        when=expression(fields, "when"),
        if_missing=cast(Any, fields.choice("if_missing", ("error", "skip"), "error")),
    )
    fields.close()
    return made


def _role(fields: Fields, role: str) -> Node | None:
    node = expression(fields, role)
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
    return code_table(value, fields.at("codes"), fields.problems)
