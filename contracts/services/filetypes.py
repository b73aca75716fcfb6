"""What a file is, by its content: a name says what its sender wants it to be."""

import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from django.core.exceptions import ValidationError

ACCEPTED = "PDF, PNG, JPEG, XLSX, DOCX, PPTX, ODS, ODT, ZIP, or plain text such as CSV, TXT and EML"
_HEAD = 8192
_MEMBERS = 5_000
_DIRECTORY = 2 << 20
_TAIL = 22 + 65_535  # the end record of a zip with its longest comment
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f"))
_MARKUP = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"<?php", b"#!")


@dataclass(frozen=True, slots=True)
class FileType:
    """``kind``: media type; ``endings``: what names of such files end on, the usual one first."""

    kind: str
    endings: tuple[str, ...]


_OFFICE = "application/vnd.openxmlformats-officedocument"
PDF = FileType("application/pdf", (".pdf",))
PNG = FileType("image/png", (".png",))
JPEG = FileType("image/jpeg", (".jpg", ".jpeg"))
XLSX = FileType(f"{_OFFICE}.spreadsheetml.sheet", (".xlsx",))
DOCX = FileType(f"{_OFFICE}.wordprocessingml.document", (".docx",))
PPTX = FileType(f"{_OFFICE}.presentationml.presentation", (".pptx",))
ODS = FileType("application/vnd.oasis.opendocument.spreadsheet", (".ods",))
ODT = FileType("application/vnd.oasis.opendocument.text", (".odt",))
ZIP = FileType("application/zip", (".zip",))
CSV = FileType("text/csv", (".csv", ".tsv"))
EML = FileType("message/rfc822", (".eml",))
TEXT = FileType("text/plain", (".txt", ".md", ".log"))

_SIGNED = {b"%PDF-": PDF, b"\x89PNG\r\n\x1a\n": PNG, b"\xff\xd8\xff": JPEG}
_PACKAGES = {"xl/workbook.xml": XLSX, "word/document.xml": DOCX, "ppt/presentation.xml": PPTX}
_OPEN = {ODS.kind: ODS, ODT.kind: ODT}
_KNOWN_BAD = {
    b"\xd0\xcf\x11\xe0": "an old or encrypted Office file: save it without a password as .xlsx, "
    ".docx or PDF",
    b"MZ": "a program",
    b"\x7fELF": "a program",
    b"Rar!": "a RAR archive: pack it as ZIP",
    b"7z\xbc\xaf": "a 7-Zip archive: pack it as ZIP",
    b"\x1f\x8b": "a gzip archive: pack it as ZIP",
}


def file_type(content: BinaryIO, name: str) -> FileType:
    """The type of ``content``; ``name`` only tells kinds of plain text apart.

    Raises ValidationError naming the file, the rule and the way out.
    """
    content.seek(0)
    head = content.read(_HEAD)
    if found := next((kind for sign, kind in _SIGNED.items() if head.startswith(sign)), None):
        return found
    if head.startswith(b"PK\x03\x04"):
        return _package(content, name)
    for sign, what in _KNOWN_BAD.items():
        if head.startswith(sign):
            raise _refused(name, f"is {what}")
    return _text(content, head, name)


def _package(content: BinaryIO, name: str) -> FileType:
    _check_directory(content, name)
    try:
        with zipfile.ZipFile(content) as archive:
            members = set(archive.namelist())
            if any(each.lower().endswith("vbaproject.bin") for each in members):
                raise _refused(name, "holds macros: save it without them")
            return _of_members(archive, members)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise _refused(name, "is a damaged archive: send it again") from error


def _of_members(archive: zipfile.ZipFile, members: set[str]) -> FileType:
    if found := next((kind for part, kind in _PACKAGES.items() if part in members), None):
        return found
    if "mimetype" in members and archive.getinfo("mimetype").file_size < len(ODS.kind) * 2:
        said = archive.read("mimetype").decode("ascii", "replace").strip()
        return _OPEN.get(said, ZIP)
    return ZIP


def _check_directory(content: BinaryIO, name: str) -> None:
    """Refuse a list of contents that would cost memory, before anything reads it."""
    size = content.seek(0, 2)
    content.seek(max(0, size - _TAIL))
    tail = content.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:  # the record's own length
        raise _refused(name, "is a damaged archive: send it again")
    members, length = struct.unpack("<HI", tail[at + 10 : at + 16])
    is_large = tail[max(0, at - 20) : at].startswith(b"PK\x06\x07")  # points to other numbers
    if is_large or members > _MEMBERS or length > _DIRECTORY:
        raise _refused(name, f"holds more than {_MEMBERS:,} files: split it")


def _text(content: BinaryIO, head: bytes, name: str) -> FileType:
    content.seek(0)
    for block in iter(lambda: content.read(1 << 20), b""):
        if len(block.translate(None, _CONTROLS)) != len(block):
            raise _refused(name, f"is of no type that is kept here: send {ACCEPTED}")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_MARKUP):
        raise _refused(name, "is a web page, a drawing or a script: print it as PDF and send that")
    return _by_name(name, start)


def _by_name(name: str, start: bytes) -> FileType:
    lowered = name.lower()
    first_line = start.split(b"\n", 1)[0]
    is_letter = b":" in first_line and b" " not in first_line.split(b":", 1)[0]
    fits: dict[FileType, Callable[[], bool]] = {CSV: lambda: True, EML: lambda: is_letter}
    for kind, holds in fits.items():
        if lowered.endswith(kind.endings) and holds():
            return kind
    return TEXT


def _refused(name: str, why: str) -> ValidationError:
    return ValidationError(f"{name!r} {why}.")
