"""Letters opened again, as whoever receives them does."""

import io
import zipfile

from docx import Document
from pypdf import PdfReader

from metrics.models import Letter


def pdf_text(content: bytes) -> str:
    """Everything a PDF says, with single spaces."""
    reader = PdfReader(io.BytesIO(content))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def docx_text(content: bytes) -> str:
    """Everything a DOCX says: paragraphs, tables and the foot."""
    paper = Document(io.BytesIO(content))
    said = [each.text for each in paper.paragraphs]
    said += [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    said += [each.text for each in paper.sections[0].footer.paragraphs]
    return " ".join(" ".join(said).split())


def parts(content: bytes) -> dict[str, str]:
    """The XML parts of a DOCX by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
        return {name: archive.read(name).decode() for name in names}


def files_of(letter: Letter) -> tuple[bytes, bytes]:
    """(PDF, DOCX) as they are kept."""
    return bytes(letter.copy.pdf), bytes(letter.copy.docx)
