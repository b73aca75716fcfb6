"""An export as text: YAML that people keep in version control, or JSON."""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from metrics.portfolio.exporting.exported import Exported

_TAG = "tag:yaml.org,2002:"
_WIDTH = 100
_BREAKS = re.compile("[\x85\u2028\u2029]")


class _Dumper(yaml.SafeDumper):
    """Writes what the reader reads back: exact numbers, no aliases, texts that read as something
    else in quotes."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def _number(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    text = f"{value:f}"
    return dumper.represent_scalar(_TAG + ("float" if "." in text else "int"), text)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    written = value.replace("\r\n", "\n")
    return dumper.represent_scalar(_TAG + "str", written, style=_style(written))


def _style(text: str) -> str | None:
    """Rarer line ends are read as ``\\n`` unless they are written as escapes."""
    if _BREAKS.search(text):
        return '"'
    return "|" if "\n" in text else None


_Dumper.add_representer(Decimal, _number)
_Dumper.add_representer(str, _text)


def yaml_text(exported: "Exported") -> str:
    """A portfolio file, with what it leaves out told in its head."""
    head = [
        "# Vendors, contracts, KPIs, service levels and feeds, as they are in use.",
        *_told(exported),
    ]
    return "\n".join(head) + "\n" + sections_text(exported.sections)


def sections_text(sections: Mapping[str, Sequence[Any]]) -> str:
    """The sections that hold anything, one after the other."""
    return "".join(_section(name, found) for name, found in sections.items() if found)


def _section(name: str, entries: Sequence[Any]) -> str:
    return yaml.dump(
        {name: list(entries)},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=_WIDTH,
    )


def _told(exported: "Exported") -> list[str]:
    lines = [f"# Left out: {one.kind} {one.code}: {one.why}" for one in exported.left_out]
    if exported.others:
        lines.append(f"# Left out: {exported.others} that somebody else manages.")
    return [_printable(line) for line in lines]


def _printable(line: str) -> str:
    return "".join(char if char.isprintable() else " " for char in line)[:300]


def json_text(exported: "Exported") -> str:
    """The sections as a JSON object, numbers with all their digits."""
    return _json(exported.sections)


def _json(value: Any) -> str:
    if isinstance(value, Mapping):
        members = (f"{json.dumps(str(key))}: {_json(inner)}" for key, inner in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_json, value))}]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value, default=str, ensure_ascii=False)
