"""What an address declares about who may call it; a test refuses an address without a rule."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

_View = TypeVar("_View", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Rule:
    """``duties``: one of them is needed, none for every reader; ``public``: no sign-in either."""

    duties: tuple[str, ...] = ()
    methods: tuple[str, ...] = ("GET", "HEAD")
    public: bool = False


def public(*methods: str) -> Callable[[_View], _View]:
    """Mark a view that answers people who have not signed in, for ``methods``."""

    def marked(view: _View) -> _View:
        view.rule = Rule(methods=methods, public=True)  # type: ignore[attr-defined]
        return view

    return marked
