"""A real mail server on the loopback address that keeps what it is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller

from tests.services import free_port


@dataclass
class Sink:
    """``answers``: what to say to the n-th mail, the last one for all after it."""

    port: int = 0
    mails: list[tuple[list[str], Message]] = field(default_factory=list)
    answers: list[str] = field(default_factory=lambda: ["250 taken"])
    asked: int = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        said = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if said.startswith("250"):
            self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return said


@contextmanager
def a_mail_server() -> Iterator[Sink]:
    sink = Sink(port=free_port())
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
