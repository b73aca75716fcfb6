"""Mail. Its Message-ID is made of the message's key, so that a second try carries the same one."""

import smtplib
from collections.abc import Iterable, Mapping
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from kpotracker.toolkit.secrets import UnreadableSecretError, opened
from metrics.alerts.channels.base import Parcel, SendError
from metrics.models import AlertMessage, MessageFile


def send(parcel: Parcel) -> str:
    """Mail the notices as plain text."""
    content = parcel.content
    return _send(parcel.key, parcel.secret.get("address", ""), content.subject, content.text)


def send_written(message: AlertMessage) -> str:
    """Send a mail that another room put into the outbox."""
    try:
        body = opened(message.body)
    except UnreadableSecretError as error:
        raise SendError(str(error)) from None
    files = MessageFile.objects.filter(message=message)
    return _send(
        message.key,
        message.address,
        message.subject,
        body["text"],
        html=body["html"],
        headers=body["headers"],
        files=files,
    )


def _send(
    key: str,
    address: str,
    subject: str,
    text: str,
    *,
    html: str = "",
    headers: Mapping[str, str] | None = None,
    files: Iterable[MessageFile] = (),
) -> str:
    if not address:
        raise SendError("this person has no e-mail address: enter it under People")
    own = {"Message-ID": message_id(key), "Auto-Submitted": "auto-generated"}
    mail = EmailMultiAlternatives(
        " ".join(subject.split()), text, to=[address], headers={**(headers or {}), **own}
    )
    if html:
        mail.attach_alternative(html, "text/html")
    for file in files:
        mail.attach(file.name, bytes(file.content), file.content_type)
    try:
        mail.send()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise SendError(_plainly(error)) from None
    return f"the mail server took it for {address}"


def message_id(key: str) -> str:
    """The Message-ID of a key: letters, digits and a few signs are safe in it."""
    safe = "".join(sign if sign.isalnum() or sign in "._-" else "." for sign in key)
    host = urlsplit(settings.PUBLIC_URL).hostname or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return f"<{safe}@{host}>"


def _plainly(error: Exception) -> str:
    """What the mail server said as a number: its texts can repeat addresses and accounts."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()), (0, b""))[0]
        return f"the mail server refused the address ({code})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server refused the mail ({error.smtp_code})"
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time"
    if isinstance(error, ValueError):
        return "the mail could not be written: an address or a heading holds a line break"
    return "the mail server ended or refused the connection"
