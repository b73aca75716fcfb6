"""Options to extend a contract: noted, exercised or declined, each once."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import models

from contracts.models import Contract, ContractOption
from contracts.selectors.notice import current_term, exercise_days, extension_of
from contracts.services.acting import actor
from contracts.services.terms import LATEST
from contracts.services.usable import refuse_archived
from contracts.services.writing import assign, lock, save, touch, writing

_CHANGEABLE = frozenset(
    {
        "description",
        "extends_months",
        "extends_to",
        "exercise_by",
        "notice_length",
        "notice_unit",
    }
)


def option_create(
    *,
    contract: Contract,
    description: str,
    number: int | None = None,
    extends_months: int | None = None,
    extends_to: date | None = None,
    exercise_by: date | None = None,
    notice_length: int | None = None,
    notice_unit: str = "",
) -> ContractOption:
    """A further option of ``contract``, with the next number unless one is stated.

    Raises ValidationError, also for a contract that is archived or has no last day.
    """
    with writing():
        lock(contract)
        option = ContractOption(
            contract=contract,
            number=number or _next_number(contract),
            description=description,
            extends_months=extends_months,
            extends_to=extends_to,
            exercise_by=exercise_by,
            notice_length=notice_length,
            notice_unit=notice_unit,
        )
        refuse_archived(contract)
        _refuse(option)
        save(option)
        touch(contract)
    return option


def option_change(*, option: ContractOption, **values: object) -> ContractOption:
    """Change an option on which nobody decided yet. Raises ValidationError."""
    with writing():
        lock(option)
        _refuse_decided(option)
        assign(option, values, _CHANGEABLE)
        _refuse(option)
        save(option)
        touch(option.contract)
    return option


def option_exercise(
    *, option: ContractOption, exercised_on: date, as_of: datetime, reason: str = ""
) -> ContractOption:
    """Note that the option was exercised: the term is extended from that day on.

    Raises ValidationError for an option decided on already, and for a day after the last one.
    """
    with writing():
        _held(option)
        _refuse_day(exercised_on, as_of)
        _refuse_late(option, exercised_on)
        option.exercised_on = exercised_on
        return _decided(option, "exercised", reason)


def option_decline(
    *, option: ContractOption, declined_on: date, as_of: datetime, reason: str = ""
) -> ContractOption:
    """Note that the option is not used. Raises ValidationError for one decided on already."""
    with writing():
        _held(option)
        _refuse_day(declined_on, as_of)
        option.declined_on = declined_on
        return _decided(option, "declined", reason)


def _held(option: ContractOption) -> None:
    lock(option.contract)  # two options exercised at once take turns
    lock(option)
    refuse_archived(option.contract)
    _refuse_decided(option)


def _decided(option: ContractOption, action: str, reason: str) -> ContractOption:
    option.decided_by = actor().name
    save(option, action=action, reason=reason)
    touch(option.contract)
    return option


def _refuse(option: ContractOption) -> None:
    errors, contract = {}, option.contract
    if contract.renewal in (Contract.Renewal.AUTO, Contract.Renewal.EVERGREEN):
        errors["contract"] = f"{contract} goes on by itself: change its renewal to note options."
    elif contract.last_day is None:
        errors["contract"] = f"{contract} has no last day that an option could extend: state it."
    elif option.extends_to and not contract.last_day < option.extends_to <= LATEST:
        errors["extends_to"] = (
            f"It would extend nothing: the first term ends on {contract.last_day}."
        )
    if errors:
        raise ValidationError(errors)


def _refuse_decided(option: ContractOption) -> None:
    if not option.is_open:
        done = "exercised" if option.exercised_on else "declined"
        day = option.exercised_on or option.declined_on
        raise ValidationError(f"It was {done} on {day}: agree an amendment to change that.")


def _refuse_day(day: date, as_of: datetime) -> None:
    if day > as_of.date():
        raise ValidationError(f"{day} has not come yet: note it once it is done.")


def _refuse_late(option: ContractOption, exercised_on: date) -> None:
    """An option extends the term that ran when it was exercised, in time."""
    contract = option.contract
    term = current_term(contract, today=exercised_on)
    if term.last_day is None or term.has_ended:
        raise ValidationError(f"The term had ended before {exercised_on}: agree an amendment.")
    by, _ = exercise_days(option, contract, term.last_day)
    if by is not None and exercised_on > by:
        raise ValidationError(f"The last day to exercise it was {by}: agree an amendment.")
    extended = extension_of(option, exercised_on).end(term.last_day)
    if not term.last_day < extended <= LATEST:
        raise ValidationError(f"It would end the contract on {extended}, not extend it.")


def _next_number(contract: Contract) -> int:
    highest = contract.options.aggregate(highest=models.Max("number"))["highest"]
    return (highest or 0) + 1
