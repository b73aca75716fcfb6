"""The words people see for postings of the credit ledger and for lines of an invoice."""

from typing import Final

from metrics.selectors.wording import BAD, GOOD, QUIET, WARN, Word

_STATES: Final = {
    "computed": Word("Computed", QUIET, "posted; the vendor was not told of it yet"),
    "notified": Word("Notified", WARN, "the vendor was told of it"),
    "agreed": Word("Agreed", GOOD, "the vendor agreed; it is not on an invoice yet"),
    "disputed": Word("Disputed", BAD, "the vendor does not agree"),
    "on_invoice": Word("On invoice", GOOD, "an invoice of the vendor's deducts it"),
    "closed": Word("Closed", QUIET, "settled"),
    "lapsed": Word("Lapsed", QUIET, "not claimed in its time"),
}
_OUTCOMES: Final = {
    "matched": Word("Matched", GOOD, "the invoice credits what is owed"),
    "missing": Word("Missing on the invoice", BAD, "owed, and the invoice has no line for it"),
    "more_than_owed": Word("More than owed", WARN, "the invoice credits more than the ledger says"),
    "less_than_owed": Word("Less than owed", BAD, "the invoice credits less than the ledger says"),
    "unknown": Word("Not owed", WARN, "the ledger has nothing open for it"),
}


def credit_word(state: str) -> Word:
    return _STATES.get(state, Word(state, QUIET))


def outcome_word(outcome: str) -> Word:
    return _OUTCOMES.get(outcome, Word(outcome, QUIET))
