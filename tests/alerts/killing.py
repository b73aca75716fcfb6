"""Senders that are killed: run as a process, which forks one sender after the other.

``python -m tests.alerts.killing SENDERS KILLS GUARD``: so many at a time, so many killed, some
at any moment and some right between the send and the mark; then everything left is sent.
GUARD: what is switched off, for a test that shows that it is needed.
"""

import os
import random
import signal
import sys
import time
import traceback
from datetime import timedelta
from typing import Any

import django

ALL, NO_LEASE, MARKED_FIRST = "all", "no-lease", "marked-first"


def main(senders: int, kills: int, guard: str) -> None:
    django.setup()
    from django.urls import reverse

    from metrics.alerts import outbox

    reverse("notices")  # every page is loaded before anybody is forked

    if kills:  # nobody waits long for what a dead one held
        outbox.LEASE, outbox.LONGEST_SEND_S = timedelta(seconds=1.5), 0.5
    _without(guard)
    chance = random.Random(kills)
    for number in range(kills):
        between = number % 2 == 0
        children = [_fork(chance.randint(1, 3) if between else 0) for _ in range(senders)]
        if not between:
            time.sleep(chance.uniform(0.02, 0.25))
            for pid in children:
                os.kill(pid, signal.SIGKILL)
        for pid in children:
            os.waitpid(pid, 0)
    last = [_fork(0, to_the_end=True) for _ in range(senders)]
    statuses = [os.waitpid(pid, 0)[1] for pid in last]
    if guard == ALL and any(statuses):
        sys.exit(f"senders that nobody killed ended with {statuses}")


def _fork(dies_at: int, *, to_the_end: bool = False) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            _send(dies_at, to_the_end)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    return pid


def _send(dies_at: int, to_the_end: bool) -> None:
    """Send until killed, or until nothing is left."""
    from metrics.alerts import outbox, sending
    from metrics.models import AlertMessage

    mark, calls = outbox.message_sent, []

    def dying(claim: Any, detail: str = "") -> None:
        calls.append(1)
        if len(calls) == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        mark(claim, detail)

    if dies_at:
        outbox.message_sent = dying
    ends = time.monotonic() + (90 if to_the_end else 10)
    unfinished = AlertMessage.objects.filter(state__in=AlertMessage.UNFINISHED)
    while time.monotonic() < ends and unfinished.exists():
        sending.messages_send()
        time.sleep(0.02)


def _without(guard: str) -> None:
    from django.db.models import Q

    from metrics.alerts import outbox, sending
    from metrics.models import AlertMessage

    if guard == NO_LEASE:
        outbox._free = lambda: Q(state__in=AlertMessage.UNFINISHED)
    if guard == MARKED_FIRST:
        send, mark = sending.channels.send, outbox.message_sent

        def late(message: Any, content: Any, *, now: Any) -> str:
            mark(outbox.Claim(message), "")
            if random.random() < 0.5:
                os.kill(os.getpid(), signal.SIGKILL)
            return send(message, content, now=now)

        sending.channels.send = late
        outbox.message_sent = lambda claim, detail="": None


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
