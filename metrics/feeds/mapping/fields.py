"""Reading a plain dict field by field, noting every problem instead of stopping at the first."""

from collections.abc import Iterable
from collections.abc import Mapping as Lookup
from typing import Any

from .problems import Problem, nearest, shown


class Fields:
    """One mapping level of the document; `close()` reports the keys nobody asked for."""

    def __init__(self, data: object, path: str, problems: list[Problem]) -> None:
        self.path, self.problems = path, problems
        self.seen: set[str] = set()
        self.data: Lookup[str, Any] = {}
        self.is_table = isinstance(data, Lookup)
        if isinstance(data, Lookup):
            self.data = {str(key): value for key, value in data.items()}
        else:
            self.wrong("", data, "is not a table of names and values")

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path and key else (self.path or key)

    def wrong(self, key: str, value: object, rule: str, hint: str = "") -> None:
        text = "" if value is None else shown(value)
        self.problems.append(Problem(self.at(key), text, rule, hint))

    def take(self, key: str) -> Any:
        self.seen.add(key)
        return self.data.get(key)

    def text(self, key: str, *, required: bool = False, longest: int = 200) -> str | None:
        value = self.take(key)
        if value is None:
            if required:
                self.wrong(key, None, "is missing", "give a text")
            return None
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, value, "is not a text", f'write "{value}" in quotes')
            return None
        if len(value) > longest or "\x00" in value:
            self.wrong(key, value, f"has NUL or more than {longest} characters", "shorten it")
            return None
        return value

    def choice(self, key: str, choices: Iterable[str], default: str) -> str:
        value = self.take(key)
        if value is None:
            return default
        if value not in (known := list(choices)):
            self.wrong(key, value, f"is not one of {', '.join(known)}", nearest(str(value), known))
            return default
        return str(value)

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        value = self.take(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.wrong(key, value, f"is not a whole number from {low} to {high}")
            return default
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.take(key)
        if value is None:
            return ()
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            self.wrong(key, value, "is not a list of texts", "write [one, two]")
            return ()
        repeated = {text for text in value if value.count(text) > 1}
        if repeated:
            self.wrong(key, ", ".join(sorted(repeated)), "stands in the list twice", "name it once")
        return tuple(value)

    def close(self) -> None:
        for key in self.data:
            if key not in self.seen:
                self.wrong(key, None, "is not a known key here", nearest(key, self.seen))
