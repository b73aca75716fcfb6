"""Reasons to refuse the whole file that only its first rows of values can show."""

import re

import numpy as np

from ..mapping import times as clock
from ..mapping.batch import Batch
from ..mapping.evaluate import Evaluator
from ..mapping.faults import Fault
from ..mapping.shape import Mapping, TimeSource
from .refusal import Refused

_DATE = re.compile(r"\d{1,4}\s?[/.\-]\s?\d{1,2}\s?[/.\-]\s?\d{1,4}.*", re.DOTALL)


def check_times(mapping: Mapping, batch: Batch) -> None:
    """Refuse a file whose times are all in another format, or all without a zone.

    03/04/2026 may be March or April: nobody here guesses.
    """
    evaluator = Evaluator(batch, missing=mapping.missing, decimal=mapping.format.decimal)
    for name, source in mapping.times.items():
        if source.column is not None:
            _check_time(name, source, evaluator, date1904=batch.date1904)


def _check_time(name: str, source: TimeSource, evaluator: Evaluator, *, date1904: bool) -> None:
    texts = evaluator.column(source.column or "")
    present = int(texts.present.sum())
    if not present:
        return
    for fault in clock.parse(texts, source, date1904=date1904, decimal=evaluator.decimal).faults:
        if int(fault.rows.sum()) < present:
            continue
        value, line = _first(fault, evaluator.batch)
        if fault.rule == "time_zone":
            raise Refused(
                "time_zone",
                f"no time in column {source.column!r} has a zone and none is declared",
                "declare zone: for the feed or for the time",
                value=value,
                line=line,
            )
        if fault.rule == "time_format" and _DATE.fullmatch(value):
            raise Refused(
                "time_format",
                f"{value!r} in column {source.column!r} does not match the format"
                f" {source.pattern!r}, and no other value does",
                f"declare times: {{{name}: {{format: …}}}}, for example %d/%m/%Y or %m/%d/%Y",
                value=value,
                line=line,
            )


def _first(fault: Fault, batch: Batch) -> tuple[str, int]:
    row = int(np.flatnonzero(fault.rows)[0])
    assert fault.texts is not None
    return fault.texts.text(row) or "", int(batch.lines[row])
