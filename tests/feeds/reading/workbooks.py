"""Workbooks made by hand, so that a test can put anything into any part."""

import zipfile
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "[Content_Types].xml"
HEADER = '<row r="1"><c t="str"><v>id</v></c><c t="str"><v>at</v></c><c t="str"><v>n</v></c></row>'


def sheet(*rows: str, after: str = "", head: str = HEADER, before: str = "") -> str:
    body = head + "".join(rows)
    return f'{before}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>{after}</worksheet>'


def row(
    number: int, id_: str = "A1", at: str = "2026-03-01", n: str = "<v>1.5</v>", kind: str = "n"
) -> str:
    """A row of three cells; `n` is the inner XML of the last one and `kind` its type."""
    texts = "".join(f'<c t="str"><v>{text}</v></c>' for text in (id_, at))
    return f'<row r="{number}">{texts}<c t="{kind}">{n}</c></row>'


def parts(
    *sheets: str, names: str = "Data", states: str = "", date1904: bool = False, styles: str = ""
) -> dict[str, str]:
    """The parts of a workbook; sheets are named Data, Data2, …; states lists hidden ones."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name="{names}{n if n > 1 else ""}" sheetId="{n}" r:id="r{n}"'
        + (' state="hidden"/>' if str(n) in states else "/>")
        for n in numbers
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    links += f'<Relationship Id="s" Type="{DOCUMENT}/styles" Target="styles.xml"/>'
    epoch = '<workbookPr date1904="1"/>' if date1904 else ""
    return {
        TYPES: "<Types/>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}">{epoch}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{links}</Relationships>',
        "xl/styles.xml": styles or f'<styleSheet xmlns="{MAIN}"/>',
        **{f"xl/worksheets/sheet{n}.xml": text for n, text in zip(numbers, sheets, strict=True)},
    }


def saved(path: Path, content: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in content.items():
            package.writestr(name, text)
    return path
