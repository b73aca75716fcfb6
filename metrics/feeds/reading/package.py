"""The zip package of a workbook, judged before anything is taken out of it."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from xml.parsers import expat

from .events import Limits
from .refusal import Refused
from .stream import refuse_other_kinds, size_of

PIECE = 64 * 2**10
MOST_PARTS = 10_000
DAMAGED = "open it in a spreadsheet program and save it again as .xlsx"
_OLE = b"\xd0\xcf\x11\xe0"


class Package:
    """An .xlsx package: parts are read as streams within the caps, XML without any DTD."""

    def __init__(self, path: str, limits: Limits) -> None:
        self.size = size_of(path)
        _check_head(path)
        try:
            self.zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise Refused("xlsx", f"not a readable workbook: {error}", DAMAGED) from error
        self.names = {info.filename for info in self.zip.infolist()}
        self._check(limits)

    def _check(self, limits: Limits) -> None:
        parts = self.zip.infolist()
        made = sum(part.file_size for part in parts)
        packed = max(sum(part.compress_size for part in parts), 1)
        if len(parts) > MOST_PARTS or made > limits.unzipped:
            message = f"{len(parts)} parts of {made} bytes unpacked, more than {limits.unzipped}"
            raise Refused("limits", message, "send CSV, or a smaller workbook")
        if made > limits.ratio_free and made > limits.ratio * packed:
            raise Refused("limits", f"{packed} bytes unpack to {made}", "send CSV instead")
        if any(part.flag_bits & 1 for part in parts):
            raise Refused("xlsx", "the workbook is encrypted", "save it without a password")
        if not {"[Content_Types].xml", "xl/workbook.xml"} <= self.names:
            raise Refused("xlsx", "a zip archive, but no workbook", "send the .xlsx itself")
        if any(name.lower().endswith("vbaproject.bin") for name in self.names):
            raise Refused("xlsx", "the workbook holds macros", "save it as .xlsx without macros")

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a part."""
        try:
            with self.zip.open(name) as part:
                while piece := part.read(PIECE):
                    yield piece
        except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError) as error:
            raise Refused("xlsx", f"part {name} cannot be read: {error}", DAMAGED) from error

    def parse(
        self,
        name: str,
        *,
        start: Callable[[str, dict[str, str]], Any],
        end: Callable[[str], Any] | None = None,
        text: Callable[[str], Any] | None = None,
    ) -> None:
        """Call back for each element and text of an XML part. Element names have no prefix."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = refuse_dtd
        parser.EntityDeclHandler = refuse_dtd
        local: dict[str, str] = {}

        def named(full: str) -> str:
            found = local.get(full)
            if found is None:
                found = local[full] = full.rpartition(" ")[2]
            return found

        parser.StartElementHandler = lambda full, attributes: start(named(full), attributes)
        if end is not None:
            parser.EndElementHandler = lambda full: end(named(full))
        if text is not None:
            parser.CharacterDataHandler = text
        try:
            for piece in self.pieces(name):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Refused("xlsx", f"part {name} is not sound XML: {error}", DAMAGED) from error


def _check_head(path: str) -> None:
    with open(path, "rb") as file:
        head = file.read(1000)
    if head.startswith(_OLE):
        hint = "save it as .xlsx without a password"
        raise Refused("xlsx", "an old .xls file or an encrypted workbook", hint)
    if not head.startswith(b"PK"):
        refuse_other_kinds(head, "xlsx")
        raise Refused("xlsx", "not a workbook: it is no zip package", DAMAGED)


def refuse_dtd(*_: Any) -> None:
    """Handler for a DTD or an entity: workbooks have none, attacks do."""
    hint = "save the workbook again with a spreadsheet program"
    raise Refused("xlsx", "the workbook's XML declares entities or a document type", hint)
