"""COPY of PostgreSQL: the rows of an extract as CSV, written by the database itself."""

from collections.abc import Generator
from typing import Any

from django.db import connection

from kpotracker.toolkit.exports import FORMULA_STARTS
from kpotracker.toolkit.tabular.columns import Kind
from kpotracker.toolkit.tabular.extract import Extract

_STARTS = ", ".join(f"chr({ord(start)})" for start in FORMULA_STARTS)
_NEUTRAL = "CASE WHEN left({0}, 1) IN (" + _STARTS + ") THEN chr(39) || {0} ELSE {0} END"
_SECONDS = '\'YYYY-MM-DD"T"HH24:MI:SS"Z"\''
_MICROSECONDS = '\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\''
_INSTANT = (
    "to_char({0} AT TIME ZONE 'UTC', CASE WHEN date_trunc('second', {0}) = {0} "
    f"THEN {_SECONDS} ELSE {_MICROSECONDS} END)"
)
_FORMS: dict[Kind, str] = {
    Kind.TEXT: "{0}",
    Kind.INTEGER: "{0}",
    Kind.NUMBER: "{0}",  # the shortest text that reads back the same
    Kind.BOOLEAN: "CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END",
    Kind.DAY: "to_char({0}, 'YYYY-MM-DD')",
    Kind.INSTANT: _INSTANT,
}


def copied(extract: Extract, *, neutral: bool) -> Generator[bytes, None, None]:
    """Each row as a line of CSV, without a header: one statement, and so one state of the data.

    ``neutral``: texts that a spreadsheet would take for formulas begin with an apostrophe.
    """
    if extract.statement is None:
        return
    sql, parameters = extract.statement
    with (
        connection.wrap_database_errors,  # psycopg's copy() passes Django's wrapper by
        connection.cursor() as cursor,
        cursor.copy(copy_sql(extract, sql, neutral=neutral), parameters) as copy,
    ):
        for line in copy:
            yield bytes(line)


def copy_sql(extract: Extract, sql: str, *, neutral: bool) -> str:
    """The statement around ``sql``, whose placeholders stay as they are."""
    kinds = [column.kind for column in extract.collection.columns]
    keys = range(len(kinds), len(kinds) + len(extract.collection.keyset.paths))
    names = ", ".join(_name(place) for place in range(keys.stop))
    forms = ", ".join(_form(kind, place, neutral=neutral) for place, kind in enumerate(kinds))
    order = ", ".join(map(_name, keys))
    rows = f"SELECT {forms} FROM ({sql}) AS found({names}) ORDER BY {order}"  # noqa: S608
    return f"COPY ({rows}) TO STDOUT (FORMAT csv)"


def _name(place: int) -> str:
    return f"c{place}"


def _form(kind: Kind, place: int, *, neutral: bool) -> Any:
    form = _NEUTRAL if neutral and kind is Kind.TEXT else _FORMS[kind]
    return form.format(_name(place))
