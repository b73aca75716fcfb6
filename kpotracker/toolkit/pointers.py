"""Places in a JSON body, as RFC 6901 writes them."""

from collections.abc import Iterable

_LONGEST = 500  # of a name that somebody sent: an answer does not grow with it


def pointer(steps: Iterable[str | int]) -> str:
    """``/parameters/a~1b`` for ("parameters", "a/b"); an empty text for the whole."""
    return "".join(f"/{_escaped(str(step)[:_LONGEST])}" for step in steps)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
