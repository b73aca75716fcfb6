"""A figure that is computed to see what it would be, in the words of the pages."""

from dataclasses import dataclass

from metrics.evaluation.figures import Figure
from metrics.scorecards.figures import Target, actual_text, target_of
from metrics.selectors.wording import Word, judged_word


@dataclass(frozen=True, slots=True)
class Supposed:
    """A figure as it would be: its value as people read it, and how it would be judged."""

    value_text: str
    word: Word


def supposed(figure: Figure) -> Supposed:
    """Under the lines that it was computed by."""
    result, level, definition = figure.result, figure.task.level, figure.task.definition
    target = target_of(level) if level else Target("", None, None, None, None)
    text = actual_text(result.value, target, definition.unit, definition.places)
    return Supposed(text, judged_word(str(result.status), level))
