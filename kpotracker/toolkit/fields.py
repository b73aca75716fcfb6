"""Model fields that keep exact what a person or a contract stated."""

import re
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Combinable

_PLAIN_DECIMAL = re.compile(r"-?\d{1,20}(\.\d{1,10})?", re.ASCII)


def plain_decimal(value: object) -> str:
    """Return ``value`` as plain decimal text without exponent or trailing zeros.

    Raises ValidationError for anything that is not a finite decimal with at most
    20 digits before and 10 after the point.
    """
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, float) or not _PLAIN_DECIMAL.fullmatch(text):
        raise ValidationError(
            f"{value!r} is not a plain decimal: write digits with at most 10 decimals, such as 99.5"
        )
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


class ExactDecimalField(models.Field[Any, Any]):
    """A decimal kept as plain text, so that both databases give back exactly what was stored.

    Python value: ``Decimal`` (or None). Not for sorting or sums in SQL; quantities that
    are summed are scaled integers.
    """

    _pyi_private_set_type: Decimal | str | int | Combinable | None
    _pyi_private_get_type: Decimal

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 32)
        super().__init__(*args, **kwargs)

    def get_internal_type(self) -> str:
        return "CharField"

    def from_db_value(self, value: str | None, *args: object) -> Decimal | None:
        return None if value is None else Decimal(value)

    def to_python(self, value: Any) -> Decimal | None:
        return None if value in (None, "") else Decimal(plain_decimal(value))

    def get_prep_value(self, value: Any) -> str | None:
        return None if value in (None, "") else plain_decimal(value)

    def run_validators(self, value: Any) -> None:
        if value is not None:
            super().run_validators(plain_decimal(value))

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else plain_decimal(value)
