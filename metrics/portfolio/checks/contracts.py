from collections.abc import Iterator
from datetime import date

from contracts.services.currencies import MINOR_UNITS, minor_amount
from metrics.portfolio.items import Item
from metrics.portfolio.known import Known
from metrics.portfolio.problems import Problem
from metrics.portfolio.shapes import ContractShape
from metrics.portfolio.shapes.parties import ChargeShape

LONGEST_CHARGE_MONTHS = 600
_LARGEST = 2**63 - 1


def contract_problems(item: Item[ContractShape], known: Known) -> Iterator[Problem]:
    """What is wrong with a contract's references, amendments and charges."""
    shape = item.shape
    yield from known.refuse_unknown(item.place, "vendors", shape.vendor, "vendor")
    yield from known.refuse_unknown(item.place, "contracts", shape.parent, "parent")
    yield from _circle(item, known)
    yield from _amendments(item)
    yield from _charges(item, known)


def _circle(item: Item[ContractShape], known: Known) -> Iterator[Problem]:
    seen = [item.shape.reference]
    parent = item.shape.parent
    while parent is not None and parent not in seen:
        seen.append(parent)
        terms = known.terms(parent)
        parent = terms.parent if terms else None
    if parent == item.shape.reference:
        message = f"the contract is its own parent: {' → '.join([*seen, parent])}"
        yield item.problem("parent", message=message, hint="leave one of the parents out")


def _amendments(item: Item[ContractShape]) -> Iterator[Problem]:
    seen: set[int] = set()
    for number, line in enumerate(item.shape.amendments):
        steps = ("amendments", number)
        if line.number in seen:
            message = f"amendment {line.number} stands here twice"
            yield item.problem(*steps, message=message, hint="number each amendment once")
        seen.add(line.number)
        if line.effective < item.shape.first_day:
            message = f"amendment {line.number} takes effect before the contract's first day"
            yield item.problem(*steps, "effective", message=message, hint="correct the day")


def _charges(item: Item[ContractShape], known: Known) -> Iterator[Problem]:
    taken: dict[tuple[str | None, date], int] = {}
    for number, line in enumerate(item.shape.charges):
        steps = ("charges", number)
        yield from known.refuse_unknown(item.place, "processes", line.process, *steps, "process")
        yield from _foreign(item, line, number, known)
        yield from _amount(item, line, number)
        yield from _stretch(item, line, number)
        for month in months_of(line):
            first = taken.setdefault((line.process, month), number)
            if first != number:
                message = f"{month:%Y-%m} has a charge already in line {first + 1}"
                yield item.problem(*steps, message=message, hint="state each month once")
                break


def _foreign(
    item: Item[ContractShape], line: ChargeShape, number: int, known: Known
) -> Iterator[Problem]:
    owner = known.contract_of_process(line.process) if line.process else None
    if owner is not None and owner != item.shape.reference:
        message = f"process '{line.process}' belongs to contract '{owner}'"
        hint = "state its charge there"
        yield item.problem("charges", number, "process", message=message, hint=hint)


def _amount(item: Item[ContractShape], line: ChargeShape, number: int) -> Iterator[Problem]:
    currency = item.shape.currency
    try:
        minor = minor_amount(line.amount, currency)
    except ValueError as error:
        hint = f"state at most {MINOR_UNITS[currency]} decimals; money is not rounded here"
        yield item.problem("charges", number, "amount", message=str(error), hint=hint)
        return
    if abs(minor) > _LARGEST:
        message = f"{line.amount} {currency} is more than can be kept"
        yield item.problem("charges", number, "amount", message=message, hint="correct the amount")


def _stretch(item: Item[ContractShape], line: ChargeShape, number: int) -> Iterator[Problem]:
    steps = ("charges", number)
    if line.first_month < item.shape.first_day.replace(day=1):
        message = f"{line.first_month:%Y-%m} lies before the contract's first day"
        hint = "begin with the contract's first month"
        yield item.problem(*steps, "from", message=message, hint=hint)
    if _months_between(line) >= LONGEST_CHARGE_MONTHS:
        message = f"a charge covers more than {LONGEST_CHARGE_MONTHS} months"
        yield item.problem(*steps, "through", message=message, hint="correct the month")


def _months_between(line: ChargeShape) -> int:
    first, last = line.first_month, line.last_month
    return (last.year - first.year) * 12 + last.month - first.month


def months_of(line: ChargeShape) -> list[date]:
    """The first day of each month that a charge covers."""
    count = min(_months_between(line) + 1, LONGEST_CHARGE_MONTHS)
    months = [line.first_month.month - 1 + step for step in range(count)]
    return [date(line.first_month.year + m // 12, m % 12 + 1, 1) for m in months]
