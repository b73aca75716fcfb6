"""A signed-in person, read in one query together with what every page asks of them."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from axes.backends import AxesBackend
from django.contrib.auth.backends import ModelBackend
from django.db.models import (
    Aggregate,
    BooleanField,
    CharField,
    Exists,
    OuterRef,
    Subquery,
    TextField,
)
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.functions import Cast
from django.utils import timezone

from contracts.models import Deputy, User
from contracts.selectors.scope import VENDOR_IDS

_Fact = Callable[[date], BaseExpression | Combinable]
_facts: Final[dict[str, _Fact]] = {}


def reader_fact(name: str, expression: _Fact) -> None:
    """Read ``name`` with every person who comes with a request; ``expression`` takes today.

    Applications declare theirs when they start; it spares each page a query.
    """
    _facts[name] = expression


class _Joined(Aggregate):
    """Numbers of a group, in one text with commas."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **given: Any) -> Any:
        template = "STRING_AGG(%(expressions)s, ',')"
        return self.as_sql(compiler, connection, template=template, **given)


class _ReadsOnce:
    def get_user(self, user_id: Any) -> User | None:
        """The person of a session, or None for one who may no longer sign in."""
        today = timezone.now().date()
        facts = {name: expression(today) for name, expression in _facts.items()}
        return User.objects.filter(is_active=True).annotate(**facts).filter(pk=user_id).first()


class LockoutBackend(_ReadsOnce, AxesBackend):  # type: ignore[misc]
    """Refuses names and addresses that are locked; comes before every other way in."""


class PasswordBackend(_ReadsOnce, ModelBackend):
    """User name and password."""


def _stands_in(role: str) -> _Fact:
    def expression(today: date) -> Exists:
        now = Deputy.objects.filter(deputy=OuterRef("pk"), absent__is_active=True)
        days = now.filter(first_day__lte=today, last_day__gte=today)
        return Exists(days.filter(absent__role=role), output_field=BooleanField())

    return expression


def _vendor_ids(_today: date) -> Subquery:
    own = User.vendors.through.objects.filter(user=OuterRef("pk")).order_by()
    joined = _Joined(Cast("vendor_id", CharField()))
    return Subquery(own.values("user").annotate(ids=joined).values("ids"))  # type: ignore[misc]


reader_fact(VENDOR_IDS, _vendor_ids)
for _role in User.Role.values:
    if _role != User.Role.VENDOR:
        reader_fact(f"stands_in_{_role}", _stands_in(_role))
