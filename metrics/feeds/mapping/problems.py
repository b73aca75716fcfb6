"""What is wrong with a mapping, said all at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: where in the mapping, what stands there, the rule, and the way out."""

    path: str
    value: str
    rule: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.path}: {self.rule}"
        if self.value:
            text = f"{self.path}: {self.value!r}: {self.rule}"
        return f"{text} ({self.hint})" if self.hint else text


class MappingError(ValueError):
    """A mapping that cannot be used; `problems` holds every reason, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(name: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """A hint naming the known name closest to `name`, else the known names."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return otherwise or (f"known: {shown}" if names else "none is known")


def shown(value: object, limit: int = 200) -> str:
    """`value` as text for a message, cut to `limit` characters."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
