"""The file verdict: one exception that carries rule, value, place and way out."""

from .events import Rejected


class Refused(Exception):
    """The whole file cannot be used."""

    def __init__(
        self, rule: str, message: str, hint: str = "", *, value: str = "", line: int | None = None
    ) -> None:
        super().__init__(message)
        self.event = Rejected(rule, message, hint, value[:200], line)
