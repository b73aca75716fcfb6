"""Names that other people gave to files: shown and offered to people, never made into a path."""

from pathlib import PurePosixPath

_LONGEST = 150


def plain_name(name: str) -> str:
    """The last part of ``name`` without signs that act on a terminal or a header."""
    last = PurePosixPath(name.replace("\\", "/")).name
    visible = "".join(sign if sign.isprintable() else "_" for sign in last).strip()
    return visible[-_LONGEST:] or "unnamed"


def with_ending(name: str, endings: tuple[str, ...]) -> str:
    """``name`` with one of ``endings`` (the first, unless it has one already)."""
    return name if name.lower().endswith(endings) else f"{name}{endings[0]}"
