"""The words people see for what became of notices, messages and channels."""

from typing import Final

from metrics.models import AlertChannel, AlertMessage, NoticeDelivery
from metrics.selectors.wording import BAD, GOOD, QUIET, WARN, Word

Line = NoticeDelivery.State
Message = AlertMessage.State

_LINES: Final = {
    Line.WAITING: Word("Waiting", QUIET, "its time has not come, or it is tried again"),
    Line.SENT: Word("Delivered", GOOD, "the receiver took it"),
    Line.SUPPRESSED: Word("Not sent", QUIET, "held back, and why"),
    Line.FAILED: Word("Given up", BAD, "the receiver did not take it, however often it was tried"),
}
_MESSAGES: Final = {
    Message.WAITING: Word("Waiting", QUIET, "its time has not come, or it is tried again"),
    Message.CLAIMED: Word("Being sent", QUIET),
    Message.SENT: Word("Delivered", GOOD, "the receiver took it"),
    Message.FAILED: Word(
        "Given up", BAD, "the receiver did not take it, however often it was tried"
    ),
    Message.DROPPED: Word("Not sent", QUIET, "nothing was left to tell when its turn came"),
}


def told_word(state: str) -> Word:
    return _LINES[Line(state)]


def message_word(state: str) -> Word:
    return _MESSAGES[Message(state)]


def channel_word(channel: AlertChannel) -> Word:
    """Whether a channel works, by its last result."""
    if not channel.is_active:
        return Word("Off", QUIET, "nothing is sent by it")
    if channel.last_error:
        return Word("Fails", BAD, "the last message was not taken")
    if channel.last_sent_at:
        return Word("Works", GOOD, "the last message was taken")
    return Word("Not tried yet", WARN, "send a test")
