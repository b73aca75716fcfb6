"""What every reader of a kind of file offers: one full look first, then the rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from ..mapping.batch import Batch
from ..mapping.shape import Format
from .events import Limits, Structure
from .stream import Progress

WHOLE = "\x00row"


@dataclass(frozen=True)
class Request:
    """A file to read: where, how it is laid out, which columns are wanted, within which caps.

    `whole` is set for a reference feed: its batches have one column WHOLE, the row as a list.
    """

    path: str
    format: Format
    required: tuple[str, ...]
    whole: bool
    limits: Limits
    out_dir: str
    progress: Progress = field(default_factory=Progress)

    @property
    def most_columns(self) -> int:
        return self.limits.reference_columns if self.whole else self.limits.columns


class Source(Protocol):
    """A file being read. `scan` looks at all of it and refuses it or says what is there."""

    def scan(self) -> Structure: ...

    def batches(self) -> Iterator[Batch]: ...

    @property
    def names(self) -> list[str]: ...
