"""A credit note as files: a PDF to send, and a CSV whose amounts are exact to the last digit."""

import csv
import io
from typing import Any, Final

from kpotracker.toolkit.exports import neutral
from kpotracker.toolkit.typesetting import pdf_of

_TEMPLATE: Final = "metrics/credits/templates/note.typ"
_NO_DAY: Final = "2000-01-01T00:00:00+00:00"  # of a draft, which has no day of its own
COLUMNS: Final = (
    *("note", "corrects", "contract", "vendor", "entry", "kind", "kpi", "name", "period"),
    *(
        "first_day",
        "last_day",
        "clause",
        "base",
        "percent",
        "gross",
        "cut",
        "amount",
        "currency",
        "computation",
    ),
)
Body = dict[str, Any]


def note_csv(body: Body) -> str:
    """A row for each line; whoever needs the total adds the column ``amount``."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in body["lines"]:
        writer.writerow([_cell(name, _told(body, line)) for name in COLUMNS])
    return out.getvalue()


def note_pdf(body: Body, digest: str = "") -> bytes:
    """The same body gives the same bytes; without a number it is marked as a draft."""
    title = f"Credit note {body['reference']}" if body["reference"] else "Draft of a credit note"
    data = {
        "title": title,
        "language": "en",
        "made_at": body["issued_at"] or _NO_DAY,
        "digest": digest,
        "author": body["issued_by"],
    }
    return pdf_of(template=_TEMPLATE, data=body | data)


def _told(body: Body, line: Body) -> Body:
    return line | {
        "note": body["reference"],
        "corrects": body["corrects"],
        "contract": body["contract"],
        "vendor": body["vendor"],
        "computation": "; ".join(line["steps"]),
    }


_NUMBERS: Final = frozenset({"base", "gross", "cut", "amount", "entry"})


def _cell(name: str, row: Body) -> str:
    """Amounts stay numbers, minus sign and all; no text runs as a formula."""
    said = str(row.get(name, ""))
    return said if name in _NUMBERS else neutral(said)
