"""The same thing done with many cases: each one wholly or not at all, and told which were not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from contracts.selectors.lookups import UnknownCodeError
from metrics.models import BreachCase


@dataclass
class BulkReport:
    """``done``: cases that were changed; ``left``: why the others were not, {reason: cases}."""

    done: list[BreachCase] = field(default_factory=list)
    left: dict[str, list[BreachCase]] = field(default_factory=dict)


def cases_do(cases: Sequence[BreachCase], act: Callable[[int], object]) -> BulkReport:
    """Call ``act`` with the number of each case, each in a transaction of its own."""
    report = BulkReport()
    for case in cases:
        try:
            act(case.pk)
        except ValidationError as error:
            report.left.setdefault(" ".join(error.messages), []).append(case)
        except UnknownCodeError:
            report.left.setdefault("It is not there any more.", []).append(case)
        else:
            report.done.append(case)
    return report
