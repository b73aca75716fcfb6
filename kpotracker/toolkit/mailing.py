"""Mail by SMTP with an end: a server that talks slowly does not hold a worker for ever."""

import smtplib
import socket
from typing import Any

from django.core.mail.backends import smtp
from django.core.mail.message import EmailMessage

from kpotracker.toolkit.deadline import Deadline

TOTAL_S = 20.0


class EmailBackend(smtp.EmailBackend):
    """Django's own, which sends everything it is given within ``TOTAL_S``."""

    _deadline: Deadline | None = None

    @property
    def connection_class(self) -> Any:
        base = smtplib.SMTP_SSL if self.use_ssl else smtplib.SMTP
        deadline = self._deadline

        class Guarded(base):  # type: ignore[misc,valid-type]
            def _get_socket(self, *args: Any, **kwargs: Any) -> socket.socket:
                connected: socket.socket = super()._get_socket(*args, **kwargs)
                if deadline is not None:
                    deadline.guard(connected)
                return connected

        return Guarded

    def send_messages(self, email_messages: Any) -> int:
        messages: list[EmailMessage] = list(email_messages)
        with Deadline(TOTAL_S) as self._deadline:
            sent: int = super().send_messages(messages)
        self._deadline = None
        return sent
