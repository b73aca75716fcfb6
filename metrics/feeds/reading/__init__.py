"""Reading files: from stored bytes to typed Arrow chunks, in a child process that may be killed.

Imports without Django. `read_file(job)` is the door; the child is `reading.child`.
"""

from .events import (
    CHUNK_ROWS,
    Chunk,
    Done,
    Event,
    Header,
    Job,
    Limits,
    Original,
    Rejected,
    Structure,
    Unusable,
    Waiting,
)
from .parent import read_file

__all__ = [
    "CHUNK_ROWS",
    "Chunk",
    "Done",
    "Event",
    "Header",
    "Job",
    "Limits",
    "Original",
    "Rejected",
    "Structure",
    "Unusable",
    "Waiting",
    "read_file",
]
