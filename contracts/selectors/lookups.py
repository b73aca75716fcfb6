"""Finding one record by the code people use, and what to say when there is none."""

from difflib import get_close_matches
from typing import TypeVar

from django.db.models import Model, QuerySet

from contracts.models import Contract, Vendor
from contracts.selectors import scope as scoped
from contracts.selectors.scope import Scope

_Record = TypeVar("_Record", bound=Model)
_SHOWN = 8


class UnknownCodeError(LookupError):
    """No visible record has this code; the message names it, what is known and the way out."""


def vendor_by_code(code: str, *, scope: Scope) -> Vendor:
    """Raises UnknownCodeError; the look-up also fails for vendors outside ``scope``."""
    return one_by(scoped.vendors(scope), field="code", code=code, noun="vendor")


def contract_by_reference(reference: str, *, scope: Scope) -> Contract:
    """Raises UnknownCodeError; the look-up also fails for contracts outside ``scope``."""
    return one_by(scoped.contracts(scope), field="reference", code=reference, noun="contract")


def one_by(records: QuerySet[_Record], *, field: str, code: str, noun: str) -> _Record:
    """The record of ``records`` whose ``field`` is ``code``; raises UnknownCodeError."""
    found = records.filter(**{field: code}).first()
    if found is None:
        raise UnknownCodeError(
            unknown(noun, code, known=list(records.values_list(field, flat=True)))
        )
    return found


def unknown(noun: str, code: str, *, known: list[str]) -> str:
    """One sentence: the value, the rule it breaks and what could be meant."""
    if not known:
        return f"{noun} {code!r} is unknown: no {noun} has been set up yet; apply a portfolio first"
    spelled = {name.lower(): name for name in known}
    close = get_close_matches(code.lower(), list(spelled), n=3, cutoff=0.5)
    if meant := [spelled[name] for name in close]:
        return f"{noun} {code!r} is unknown: did you mean {' or '.join(meant)}?"
    more = "" if len(known) <= _SHOWN else f" and {len(known) - _SHOWN} more"
    return f"{noun} {code!r} is unknown: use one of {', '.join(sorted(known)[:_SHOWN])}{more}"
