"""What tells items apart (key), shows them to people (ref) and tells versions apart (digest)."""

import itertools
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .calendar import Ints
from .texts import Texts

WIDTH = 16
LONGEST_REF = 200
LONGEST_SERIES = 100


def key_of(feed: str, parts: Sequence[str]) -> bytes:
    """The key of one item: blake2b-128 over the length-prefixed feed code and identity parts."""
    encoded = (text.encode() for text in (feed, *parts))
    joined = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
    return blake2b(joined, digest_size=WIDTH).digest()


def keys(feed: str, parts: Sequence[Texts]) -> Any:
    """The keys of all rows as a fixed-size binary(16) array; equal to `key_of` row by row."""
    import pyarrow.compute as pc

    code = feed.encode()
    pieces: list[Any] = [pa.scalar(len(code).to_bytes(4, "big") + code, pa.binary())]
    for part in parts:
        pieces += [_lengths(part), part.array.cast(pa.binary()).fill_null(b"")]
    joined = pc.binary_join_element_wise(*pieces, b"")
    size = len(joined)
    if not size:
        return _hashed(b"", [0])
    offsets = np.frombuffer(joined.buffers()[1], np.int32)[joined.offset :][: size + 1]
    return _hashed((joined.buffers()[2] or pa.py_buffer(b"")).to_pybytes(), offsets.tolist())


def _lengths(part: Texts) -> Any:
    packed = np.ascontiguousarray(part.lengths, dtype=">u4")
    fixed = pa.Array.from_buffers(pa.binary(4), len(part), [None, pa.py_buffer(packed)])
    return fixed.cast(pa.binary())


def _hashed(data: bytes, offsets: list[int]) -> Any:
    made = b"".join(
        [
            blake2b(data[start:end], digest_size=WIDTH).digest()
            for start, end in itertools.pairwise(offsets)
        ]
    )
    return pa.Array.from_buffers(pa.binary(WIDTH), len(offsets) - 1, [None, pa.py_buffer(made)])


def digests(columns: Sequence[Ints]) -> Any:
    """A digest of each row of whole numbers, as a fixed-size binary(16) array."""
    matrix = np.ascontiguousarray(np.stack(columns, axis=1), dtype="<i8")
    size, width = len(matrix), matrix.shape[1] * 8
    return _hashed(matrix.tobytes(), list(range(0, size * width + 1, width)))


def text_marks(texts: Texts) -> tuple[Ints, Ints]:
    """Two numbers standing for each text in a digest (128 bits of blake2b of the text)."""
    encoded = texts.array.dictionary_encode()
    marks: npt.NDArray[np.int64] = np.zeros((len(encoded.dictionary) + 1, 2), dtype=np.int64)
    for place, text in enumerate(encoded.dictionary.to_pylist()):
        raw = blake2b(text.encode(), digest_size=WIDTH).digest()
        marks[place] = np.frombuffer(raw, dtype="<i8")
    index = np.asarray(encoded.indices.fill_null(len(encoded.dictionary)))
    return marks[index, 0], marks[index, 1]


def refs(parts: Sequence[Texts]) -> Any:
    """The identity as people read it: its parts with " / " between them."""
    import pyarrow.compute as pc

    if len(parts) == 1:
        return parts[0].array
    return pc.binary_join_element_wise(*(part.array.fill_null("") for part in parts), " / ")
