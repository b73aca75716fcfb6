"""What is wrong with the days that a contract states for claims."""

from collections.abc import Iterator

from metrics.portfolio.items import Item
from metrics.portfolio.known import Known
from metrics.portfolio.problems import Problem
from metrics.portfolio.shapes import ContractShape


def claim_problems(item: Item[ContractShape], known: Known) -> Iterator[Problem]:
    """Days stated twice, and amendments that are not the contract's."""
    terms = known.terms(item.shape.reference)
    amendments = {line.number for line in item.shape.amendments}
    amendments |= set(terms.amendments) if terms else set()
    days = [line.valid_from for line in item.shape.claims]
    for number, line in enumerate(item.shape.claims):
        if line.valid_from in days[:number]:
            message = f"{line.valid_from} stands here twice"
            hint = "state the days of each day once"
            yield item.problem("claims", number, message=message, hint=hint)
        if line.amendment is not None and line.amendment not in amendments:
            message = f"amendment {line.amendment} is not among the contract's"
            steps = ("claims", number, "amendment")
            yield item.problem(*steps, message=message, hint="state the amendment too")
