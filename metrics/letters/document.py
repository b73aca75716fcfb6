"""A letter as a PDF: the frozen body in the project's own paper."""

from typing import Final

from kpotracker.toolkit.typesetting import pdf_of
from metrics.letters.composing import Body

_TEMPLATE: Final = "metrics/letters/templates/letter.typ"


def letter_pdf(body: Body, digest: str) -> bytes:
    """The same body gives the same bytes. ``digest``: shown in the foot of each page."""
    return pdf_of(template=_TEMPLATE, data=body | {"digest": digest})
