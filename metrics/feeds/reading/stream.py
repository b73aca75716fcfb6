"""The bytes of a text file: recognised, decompressed, and decoded to UTF-8, block by block."""

import codecs
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .events import Limits
from .refusal import Refused

BLOCK = 2 * 2**20
BOM = codecs.BOM_UTF8
GZIP = b"\x1f\x8b"
_MAGIC = (
    (b"PK\x03\x04", "a zip archive or a workbook", "declare format: {type: xlsx}, or unpack it"),
    (b"PK\x05\x06", "an empty zip archive", "send the file itself"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Office file", "save it as .xlsx without a password"),
    (b"PAR1", "a Parquet file", "declare format: {type: parquet}"),
    (b"ARROW1", "an Arrow file", "send CSV or Parquet"),
    (b"%PDF", "a PDF document", "send the data itself"),
    (b"BZh", "a bzip2 archive", "unpack it, or compress it with gzip"),
    (b"\xfd7zXZ", "an xz archive", "unpack it, or compress it with gzip"),
    (b"(\xb5/\xfd", "a zstd archive", "unpack it, or compress it with gzip"),
    (b"SQLite format 3", "a database", "send the data itself"),
)


@dataclass
class Progress:
    """How far into the stored file the reader is."""

    done: int = 0
    total: int = 0


def size_of(path: str) -> int:
    """Bytes of the stored file; refuses an empty one."""
    size = Path(path).stat().st_size
    if not size:
        raise Refused("empty", "the file has 0 bytes", "send it again; an export was cut off")
    return size


def refuse_other_kinds(head: bytes, wanted: str) -> None:
    """Refuse a file that begins like another kind than the one declared."""
    for magic, name, hint in _MAGIC:
        if head.startswith(magic):
            raise Refused("kind", f"declared as {wanted}, but this is {name}", hint)
    start = head.removeprefix(BOM).lstrip()[:200].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        shown = start[:60].decode("utf-8", "replace")
        hint = "it is a web page, perhaps a login page or an error: check the address and the login"
        raise Refused("kind", f"declared as {wanted}, but this is a page", hint, value=shown)


def text_blocks(
    path: str, *, kind: str, encoding: str, compression: str, limits: Limits, progress: Progress
) -> Iterator[bytes]:
    """The text of a file as UTF-8 without BOM, in blocks of about BLOCK bytes.

    Refuses other kinds of file, bytes outside the encoding (with their offset), NULs of UTF-16,
    truncated or padded gzip, and decompression bombs.
    """
    progress.done, progress.total = 0, size_of(path)
    with open(path, "rb") as file:
        head = file.read(64)
        file.seek(0)
        zipped = compression == "gz" or (compression == "auto" and head.startswith(GZIP))
        if zipped and not head.startswith(GZIP):
            raise Refused("compression", "declared as gz, but it does not begin like gzip")
        if not zipped and head.startswith(GZIP):
            raise Refused("compression", "the file is gzip", "declare format: {compression: gz}")
        raw = _inflated(file, limits, progress) if zipped else _plain(file, limits, progress)
        yield from _decoded(_recognised(raw, kind), encoding)


def _recognised(raw: Iterator[bytes], kind: str) -> Iterator[bytes]:
    first = next(raw, b"")
    refuse_other_kinds(first[:1000], kind)
    yield first
    yield from raw


def _plain(file: BinaryIO, limits: Limits, progress: Progress) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        progress.done += len(block)
        if progress.done > limits.decompressed:
            raise Refused("limits", f"more than {limits.decompressed} bytes", "split the file")
        yield block


def _inflated(file: BinaryIO, limits: Limits, progress: Progress) -> Iterator[bytes]:
    engine, made = zlib.decompressobj(31), 0
    pending = b""
    # an empty input at the end brings out what the engine still holds
    while (data := _refilled(pending, file)) or not engine.eof:
        progress.done = file.tell()
        block, engine, pending = _step(engine, data)
        if not data and not block:
            break
        made += len(block)
        _check_ratio(made, file.tell(), limits)
        if block:
            yield block
    if not engine.eof:
        raise Refused("compression", "the gzip stream is cut short", "send the file again")


def _refilled(pending: bytes, file: BinaryIO) -> bytes:
    return pending if len(pending) >= len(GZIP) else pending + file.read(BLOCK // 8)


def _step(engine: "zlib._Decompress", data: bytes) -> tuple[bytes, "zlib._Decompress", bytes]:
    if engine.eof:
        if not data.startswith(GZIP):
            hint = "send the gzip file alone"
            raise Refused("compression", "other bytes follow the gzip stream", hint)
        engine = zlib.decompressobj(31)
    try:
        block = engine.decompress(data, BLOCK)
    except zlib.error as error:
        raise Refused("compression", f"the gzip stream is damaged: {error}") from error
    return block, engine, engine.unused_data if engine.eof else engine.unconsumed_tail


def _check_ratio(made: int, read: int, limits: Limits) -> None:
    if made > limits.decompressed:
        raise Refused("limits", f"more than {limits.decompressed} bytes decompressed", "split it")
    if made > limits.ratio_free and made > limits.ratio * read:
        message = f"{read} bytes became more than {made}: above {limits.ratio} to one"
        raise Refused("limits", message, "send it uncompressed, or in parts")


def _decoded(raw: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    first = next(raw, b"")
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    if encoding in ("utf-8",):
        checked = _utf8(
            _joined(first.removeprefix(BOM), raw), len(first) - len(first.removeprefix(BOM))
        )
    else:
        checked = _transcoded(_joined(first, raw), encoding)
    anything = False
    for block in checked:
        anything = anything or bool(block)
        if block:
            yield block
    if not anything:
        raise Refused("empty", "the file holds nothing but a byte order mark", "send it again")


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _utf8(blocks: Iterator[bytes], offset: int) -> Iterator[bytes]:
    tail = b""
    for block in blocks:
        whole = tail + block if tail else block
        tail = b"" if whole.isascii() else _incomplete(whole)
        sound = whole[: len(whole) - len(tail)] if tail else whole
        _check_utf8(sound, offset)
        offset += len(sound)
        yield sound
    _check_utf8(tail, offset)


def _incomplete(block: bytes) -> bytes:
    """The bytes at the end of `block` that begin a character it does not finish."""
    for back in range(1, min(4, len(block)) + 1):
        byte = block[-back]
        if byte & 0xC0 == 0x80:
            continue
        needed = 2 if byte >> 5 == 6 else 3 if byte >> 4 == 14 else 4 if byte >> 3 == 30 else 1
        return block[-back:] if needed > back else b""
    return b""


def _check_utf8(block: bytes, offset: int) -> None:
    if block.isascii():
        return
    try:
        block.decode("utf-8")
    except UnicodeDecodeError as error:
        at = offset + error.start
        raise Refused(
            "encoding",
            f"byte 0x{block[error.start]:02x} at offset {at} is not UTF-8",
            "declare format: {encoding: …} (latin-1, cp1252, …), or send one encoding throughout",
            value=repr(block[max(error.start - 20, 0) : error.start + 20]),
        ) from error


def _transcoded(blocks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    for block in blocks:
        yield _decode(decoder, block, encoding, done, final=False)
        done += len(block)
    yield _decode(decoder, b"", encoding, done, final=True)


def _decode(
    decoder: codecs.IncrementalDecoder, block: bytes, encoding: str, done: int, *, final: bool
) -> bytes:
    try:
        return decoder.decode(block, final).encode("utf-8")
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        message = f"not {encoding} near byte offset {done + start}"
        raise Refused("encoding", message, "declare the encoding the file is in") from error
