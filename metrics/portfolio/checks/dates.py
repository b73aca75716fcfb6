"""What is wrong with the dated clauses of a contract: references, numbers used twice, days."""

from collections.abc import Iterator

from contracts.services.calendars import region_fault
from metrics.portfolio.items import Item
from metrics.portfolio.known import Known
from metrics.portfolio.problems import Problem
from metrics.portfolio.shapes import ContractShape


def date_problems(item: Item[ContractShape], known: Known) -> Iterator[Problem]:
    """Problems of notice, options, obligations and termination clauses."""
    yield from _notice(item, known)
    yield from _twice(item)
    yield from _obligations(item)
    yield from _termination(item, known)


def _notice(item: Item[ContractShape], known: Known) -> Iterator[Problem]:
    notice = item.shape.notice
    if notice is None:
        return
    steps = ("notice", "calendar")
    yield from known.refuse_unknown(item.place, "calendars", notice.calendar, *steps)
    if notice.country and (fault := region_fault(notice.country)):
        yield item.problem("notice", "country", message=fault, hint="name a calendar instead")


def _twice(item: Item[ContractShape]) -> Iterator[Problem]:
    shape = item.shape
    named: dict[str, list[object]] = {
        "options": [line.number for line in shape.options],
        "obligations": [line.code for line in shape.obligations],
        "termination": [(line.code, line.valid_from) for line in shape.termination],
    }
    for section, keys in named.items():
        for number, key in enumerate(keys):
            if key in keys[:number]:
                told = " from ".join(map(str, key)) if isinstance(key, tuple) else key
                message = f"{told} stands here twice"
                yield item.problem(section, number, message=message, hint="state it once")


def _obligations(item: Item[ContractShape]) -> Iterator[Problem]:
    for number, line in enumerate(item.shape.obligations):
        if line.event == "last_day_to_serve" and not line.internal:
            message = "the vendor does not see notice dates, so not what is due by them either"
            steps = ("obligations", number, "internal")
            yield item.problem(*steps, message=message, hint="state internal: true")


def _termination(item: Item[ContractShape], known: Known) -> Iterator[Problem]:
    numbers = {line.number for line in item.shape.amendments}
    terms = known.terms(item.shape.reference)
    numbers |= set(terms.amendments) if terms else set()
    for number, line in enumerate(item.shape.termination):
        if line.amendment is not None and line.amendment not in numbers:
            message = f"amendment {line.amendment} is not among the contract's"
            steps = ("termination", number, "amendment")
            yield item.problem(*steps, message=message, hint="add it to `amendments`")
