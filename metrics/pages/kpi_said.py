"""What the fields of a KPI say, as the entry of a portfolio file, and back again."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from metrics.pages.kpi_fields import NUMBER, PREFIX, level_fields, rare_fields
from metrics.portfolio.editing import Entry, Finding

LEVEL_KEYS = {"level_clause": "clause", "level_wording": "wording"}
_LEVEL_NUMBERS = ("expected", "minimum", "lower", "upper")
_BAND_PARTS = ("name", "lower", "upper", "attainment", "severity")


def parameters_said(cleaned: Mapping[str, Any]) -> Entry:
    """The parameters of a measure as a file states them; what is empty is left out."""
    given = {
        name.removeprefix(PREFIX): value
        for name, value in cleaned.items()
        if name.startswith(PREFIX) and value not in (None, "")
    }
    return {name: _plain(value) for name, value in given.items()}


def definition_said(cleaned: Mapping[str, Any]) -> Entry:
    """How it is measured, as a file states it."""
    period = {"every": cleaned.get("period"), "anchor": cleaned.get("anchor")}
    stated = {
        **{name: cleaned.get(name) for name in ("measure", "unit", "places", "grace_days")},
        "zone": cleaned.get("zone"),
        "period": without_nothing(period),
    }
    return without_nothing(stated) | {
        "parameters": parameters_said(cleaned),
        "calendar": cleaned.get("calendar") or None,
    }


def level_said(cleaned: Mapping[str, Any]) -> Entry:
    """A service level as a file states it; empty where the form states none."""
    if not any(cleaned.get(name) not in (None, "") for name in ("operator", *_LEVEL_NUMBERS)):
        return {}
    names = [*level_fields(), *rare_fields()]
    stated = {LEVEL_KEYS.get(name, name): cleaned.get(name) for name in names}
    stated["bands"] = bands_said(cleaned.get("bands") or "")
    return without_nothing(stated)


def bands_said(written: str) -> list[Entry]:
    """Bands of the form's text: a line each, its parts set apart by bars."""
    lines = [line for line in written.splitlines() if line.strip()]
    return [_band(line) for line in lines]


def bands_text(bands: Iterable[Mapping[str, Any]]) -> str:
    """Bands of an entry as the form's text."""
    return "\n".join(
        " | ".join("" if band.get(part) is None else str(band[part]) for part in _BAND_PARTS)
        for band in bands
    )


def field_of(finding: Finding, fields: Iterable[str], line: tuple[str | int, ...]) -> str | None:
    """The field that a finding is about; None where it is about the entry as a whole.

    ``line``: how the paths of the service level begin.
    """
    path = finding.path
    if path[: len(line)] == line:
        path = path[len(line) :]
        own = {key: name for name, key in LEVEL_KEYS.items()}
        path = (own.get(str(path[0]), path[0]), *path[1:]) if path else ("operator",)
    if path[:1] == ("parameters",) and len(path) > 1:
        path = (f"{PREFIX}{path[1]}",) if f"{PREFIX}{path[1]}" in fields else ("measure",)
    if path[:2] == ("period", "anchor"):
        path = ("anchor",)
    name = str(path[0]) if path else ""
    return name if name in fields else None


def without_nothing(stated: Mapping[str, Any]) -> Entry:
    return {key: value for key, value in stated.items() if value not in (None, "", [])}


def _plain(value: Any) -> Any:
    """Whole numbers as such and yes or no as truth, as the reader of files gives them."""
    if value in ("true", "false"):
        return value == "true"
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def _band(line: str) -> Entry:
    parts = [part.strip() for part in line.split("|")]
    found: Entry = dict(zip(_BAND_PARTS, parts, strict=False))
    for key in ("lower", "upper", "attainment"):
        if NUMBER.fullmatch(str(found.get(key, ""))):
            found[key] = Decimal(str(found[key]))
    if len(parts) > len(_BAND_PARTS):
        found["parts"] = " | ".join(parts[len(_BAND_PARTS) :])
    return without_nothing(found)
