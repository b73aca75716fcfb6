"""Tables that are sent in, and what their preview says."""

import io
from datetime import date

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.pages.reading import text_of

CONTRACT = "Reference,Title,Vendor,Kind,Priced by,Currency,Time zone,First day"
AC9 = "AC-9,Claims,acme,order,Per item,eur,Europe/Dublin,2026-01-01"


def sent(client, content: bytes | str, kind: str = "vendors", name: str = "rows.csv", **more):
    """The preview of a file that was sent in."""
    data = content.encode() if isinstance(content, str) else content
    given = {"kind": kind, "days": "iso", "encoding": "utf-8"} | more
    answer = client.post("/imports/", given | {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, text_of(answer)
    return client.get(answer["Location"])


def applied(client, preview):
    return client.post(preview.wsgi_request.path, follow=True)


def workbook(*rows: tuple) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"strings_to_numbers": False}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for line, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write(line, place, cell, day if isinstance(cell, date) else None)
    return target.getvalue()


def faults(preview) -> list[tuple]:
    return [(f.line, f.column, f.value, f.rule, f.hint) for f in preview.context["plan"].faults]
