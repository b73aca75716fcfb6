"""A letter as a DOCX file, to be edited further where the vendor's address asks for that.

Every text is a run of characters: no field, link, macro or outside relationship comes of it.
"""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt

from metrics.letters.composing import Body

_CORE = {"comments": "", "keywords": "", "category": "", "last_modified_by": ""}
_LONGEST_PROPERTY = 255


def letter_docx(body: Body, digest: str) -> bytes:
    """The file of a body; its text is that of the PDF."""
    paper = Document()
    _dress(paper, body)
    _head(paper, body)
    for said in body["paragraphs"]:
        _lines(paper.add_paragraph(), said.split("\n"))
    _close(paper, body)
    if body["facts"]:
        _table(paper, body["facts"])
    foot = paper.sections[0].footer.paragraphs[0]
    foot.text = f"{body['reference']} · contents SHA-256 {digest[:16]}"
    file = io.BytesIO()
    paper.save(file)
    return file.getvalue()


def _dress(paper: Any, body: Body) -> None:
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    paper.styles["Normal"].font.name = "Calibri"
    paper.styles["Normal"].font.size = Pt(11)
    core, made_at = paper.core_properties, datetime.fromisoformat(body["made_at"])
    for name, value in _CORE.items():
        setattr(core, name, value)
    core.title = body["title"][:_LONGEST_PROPERTY]
    core.author = body["signature"][:_LONGEST_PROPERTY]
    core.language = body["language"]
    core.created = core.modified = made_at.astimezone(UTC).replace(tzinfo=None)


def _head(paper: Any, body: Body) -> None:
    sender = paper.add_paragraph()
    sender.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _lines(sender, body["sender"])
    _lines(paper.add_paragraph(), body["recipient"])
    day = paper.add_paragraph(body["day"])
    day.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paper.add_heading(body["title"], level=1)


def _close(paper: Any, body: Body) -> None:
    closing = paper.add_paragraph()
    closing.paragraph_format.keep_together = True
    _lines(closing, ["Yours faithfully", "", "", body["signature"]])


def _table(paper: Any, facts: Sequence[Sequence[str]]) -> None:
    paper.add_heading("Figures of this letter", level=2)
    table = paper.add_table(rows=0, cols=2)
    table.style = "Light List Accent 1"
    for name, said in (("What", "Figure"), *facts):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = name, said


def _lines(paragraph: Any, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines):
        run = paragraph.add_run(line)
        if number < len(lines) - 1:
            run.add_break()
