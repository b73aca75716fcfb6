"""The words and signs people see for what the records say in codes."""

import re
from dataclasses import dataclass
from typing import Final

from metrics.models import ServiceLevel

GOOD, WARN, BAD, QUIET = "good", "warn", "bad", "quiet"


@dataclass(frozen=True, slots=True)
class Word:
    """How one code reads; ``tone`` picks colour and icon together: good | warn | bad | quiet."""

    text: str
    tone: str
    meaning: str = ""

    @property
    def icon(self) -> str:
        return {GOOD: "✓", WARN: "▲", BAD: "■", QUIET: "○"}[self.tone]


_STATUSES: Final = {
    "MET": Word("Met", GOOD, "the service level was reached"),
    "BELOW_EXPECTED": Word(
        "Expected missed", WARN, "short of the expected level, within the minimum"
    ),
    "BELOW_MINIMUM": Word("Missed", BAD, "a service level failure"),
    "INVALID": Word("Invalid data", BAD, "the rows contradict each other; the figure is withheld"),
    "EXCLUDED": Word("Excused", QUIET, "relief covers the whole period"),
    "NO_DATA": Word("No data", QUIET, "nothing was delivered, and nobody said that is all"),
    "NO_ACTIVITY": Word("No activity", QUIET, "the delivery is complete, and nothing happened"),
    "UNDEFINED": Word("Not computable", QUIET, "the formula has no answer for these rows"),
    "PENDING": Word("Waiting", QUIET, "some actual figures have not arrived yet"),
    "INCOMPLETE": Word("Incomplete", WARN, "less was delivered than the clause asks for"),
    "INSUFFICIENT_VOLUME": Word("Too few items", QUIET, "below the volume that may be judged"),
    "NO_TARGET": Word("No service level", QUIET, "measured, with nothing to be judged against"),
}
_MINIMUM_MISSED = Word("Minimum missed", BAD, "below the minimum: a service level failure")
_CODES: Final = re.compile(rf"\b({'|'.join(_STATUSES)})\b")
NOT_MEASURED: Final = Word("Not measured", QUIET, "the period ended without any figure")

_PHASES: Final = {
    "running": Word("Running", QUIET, "the period has not ended"),
    "provisional": Word("Provisional", QUIET, "late rows may still change it"),
    "final": Word("Final", QUIET, "changes only by a restatement"),
    "restated": Word("Restated", WARN, "changed after it was final, with reason and approver"),
}
_CASES: Final = {
    "provisional": Word("Provisional", QUIET, "the figure is not final yet"),
    "open": Word("Open", BAD, "nobody has taken it up"),
    "acknowledged": Word("Acknowledged", WARN, "someone is on it"),
    "disputed": Word("Disputed", WARN, "the vendor does not agree"),
    "confirmed": Word("Confirmed", BAD, "agreed to be a failure"),
    "waived": Word("Waived", QUIET, "let go, with a reason"),
    "resolved": Word("Resolved", GOOD, "remedied"),
    "withdrawn": Word("Withdrawn", QUIET, "a corrected figure cured it"),
}
_KINDS: Final = {
    "critical": "Critical service level",
    "key": "Key measurement",
    "reporting": "Reporting only",
}
_FAMILIES: Final = {
    "outcome": Word("Outcome", QUIET, "was the work right?"),
    "throughput": Word("Throughput", QUIET, "was it enough, in time, at its cost?"),
    "transparency": Word("Transparency", QUIET, "how was it done?"),
    "compliance": Word("Compliance", QUIET, "were the duties kept?"),
}
FAMILIES: Final = tuple(_FAMILIES)
_INGESTIONS: Final = {
    "received": Word("Received", QUIET, "waiting for its turn"),
    "running": Word("Being read", QUIET),
    "done": Word("Loaded", GOOD),
    "rejected": Word("Rejected", BAD, "nothing of it counts"),
    "parked": Word("Set aside", WARN, "failed repeatedly; someone has to look"),
}
_UNDONE: Final = Word("Undone", QUIET, "taken back: nothing of it counts any more")
_OWED: Final = {
    "arrived": Word("Arrived", GOOD),
    "upcoming": Word("Not due yet", QUIET, "the period has not ended"),
    "due": Word("Due", WARN, "the period has ended"),
    "overdue": Word("Overdue", BAD, "its time and its grace are over"),
}
_ENTRIES: Final = {
    "proposed": Word("Waits for approval", WARN, "counts once a second person approves it"),
    "approved": Word("Approved", GOOD),
    "refused": Word("Refused", QUIET, "counts nowhere"),
    "undone": Word("Undone", QUIET, "was approved and taken back"),
}
_REVIEWS: Final = {
    "planned": Word("Planned", QUIET),
    "unnoted": Word("Not noted as held", WARN, "its day has passed; say that it took place"),
    "held": Word("Held", GOOD),
    "called_off": Word("Called off", QUIET),
}
_ACTIONS: Final = {
    "open": Word("Open", QUIET),
    "overdue": Word("Overdue", BAD, "open after the day it was due"),
    "done": Word("Done", GOOD),
    "dropped": Word("Dropped", QUIET, "let go, with a reason"),
}
_CONSEQUENCES: Final = {
    "none": "",
    "counted": "counted towards a service level default",
    "default": "a service level default",
    "critical": "critical failure",
}
_LINKS: Final = {
    "open": Word("Opens", GOOD, "whoever holds the link reads the scorecard"),
    "ended": Word("Ended", QUIET, "its last day is over"),
    "revoked": Word("Revoked", QUIET, "somebody ended it"),
}
_RELIEF: Final = {
    "requested": Word("Waiting for a decision", WARN),
    "approved": Word("Approved", GOOD, "the event excuses the failure, as far as it covers it"),
    "refused": Word("Refused", BAD),
}
_PLANS: Final = {
    "proposed": Word("Proposed", WARN, "waits for the buyer's answer"),
    "returned": Word("Sent back", BAD, "something is missing"),
    "accepted": Word("Accepted", GOOD, "its steps are being done"),
    "completed": Word("Completed", QUIET, "every step is done"),
}
_UNITS: Final = {"percent": "%", "ratio": ""}


def status_word(status: str, *, two_levels: bool = False) -> Word:
    """The word for a result's status; of two levels it says which one was missed."""
    if status == "BELOW_MINIMUM" and two_levels:
        return _MINIMUM_MISSED
    return _STATUSES.get(status, Word(_plain(status), QUIET))


def judged_word(status: str, level: ServiceLevel | None) -> Word:
    """The word for the status of a result that was judged by ``level``."""
    return status_word(status, two_levels=level is not None and level.has_two_levels)


def in_words(text: str, level: ServiceLevel | None) -> str:
    """A text of the engine, judged by ``level``, with its statuses as people know them."""
    return _CODES.sub(lambda code: judged_word(code[0], level).text.lower(), text)


def phase_word(phase: str) -> Word:
    return _PHASES.get(phase, Word(_plain(phase), QUIET))


def case_word(state: str) -> Word:
    return _CASES.get(state, Word(_plain(state), QUIET))


def ingestion_word(status: str) -> Word:
    return _INGESTIONS.get(status, Word(_plain(status), QUIET))


def delivery_word(status: str, *, is_undone: bool) -> Word:
    """The word for what became of a delivery."""
    return _UNDONE if is_undone else ingestion_word(status)


def owed_word(stand: str) -> Word:
    return _OWED.get(stand, Word(_plain(stand), QUIET))


def entry_word(state: str) -> Word:
    return _ENTRIES.get(state, Word(_plain(state), QUIET))


def family_word(family: str) -> Word:
    return _FAMILIES.get(family, Word(_plain(family), QUIET))


def link_word(standing: str) -> Word:
    return _LINKS.get(standing, Word(_plain(standing), QUIET))


def relief_word(state: str) -> Word:
    return _RELIEF.get(state, Word(_plain(state), QUIET))


def plan_word(state: str) -> Word:
    return _PLANS.get(state, Word(_plain(state), QUIET))


def severity_word(severity: str) -> Word:
    tone = {"minor": WARN, "major": BAD, "critical": BAD}.get(severity, QUIET)
    return Word(_plain(severity), tone)


def kind_words(kind: str) -> str:
    return _KINDS.get(kind, "")


def review_word(state: str) -> Word:
    return _REVIEWS.get(state, Word(_plain(state), QUIET))


def action_word(state: str) -> Word:
    return _ACTIONS.get(state, Word(_plain(state), QUIET))


def consequence_words(consequence: str) -> str:
    return _CONSEQUENCES.get(consequence, _plain(consequence))


def unit_sign(unit: str) -> str:
    """What stands behind a number of this unit, such as ``%`` or ``hours``."""
    return _UNITS.get(unit, unit)


def _plain(code: str) -> str:
    return code.replace("_", " ").strip().capitalize()
