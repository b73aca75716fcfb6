"""What relief that waits for a decision would make of the figure."""

from metrics.evaluation.excusing import cover_words
from metrics.evaluation.relieving import figure_if_approved
from metrics.models import ReliefRequest
from metrics.scorecards.explaining.parts import Part, Subject, number
from metrics.scorecards.supposing import supposed
from metrics.selectors import scope as scoped


def relief_part(subject: Subject) -> Part | None:
    """Only beside the figure in force, for whoever may know of a request that waits."""
    waiting = scoped.relief(subject.scope).filter(
        period=subject.head, state=ReliefRequest.State.REQUESTED
    )
    asked = list(waiting.order_by("pk")) if subject.is_current else []
    figure = figure_if_approved(period=subject.head, as_of=subject.as_of) if asked else None
    if figure is None:
        return None
    then, result = supposed(figure), figure.result
    lines = [f"Relief {each.pk}: {cover_words(each.asked)}" for each in asked]
    said = {
        "value": number(result.value),
        "status": str(result.status),
        "status_text": then.word.text,
    }
    return Part(
        "Relief that waits for a decision",
        [*lines, f"If it is approved: {then.value_text}, {then.word.text.lower()}"],
        {"if_approved": said},
    )
