"""Whether a kind of record is shared with its vendor, kept inside, or one person's own.

Each model declares it once, at the query set that all reads of it start from. A model without a
declaration is visible to nobody, and a test names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model, QuerySet

if TYPE_CHECKING:
    from contracts.selectors.scope import Scope

_M = TypeVar("_M", bound=Model)
_Factory = Callable[["Scope"], QuerySet[_M]]


class Visibility(StrEnum):
    SHARED = "shared"
    INTERNAL = "buyer-internal"
    PERSONAL = "personal"


_declared: dict[type[Model], tuple[Visibility, _Factory[Any]]] = {}


def shared(model: type[_M]) -> Callable[[_Factory[_M]], _Factory[_M]]:
    """The query set is cut to the reader's vendors, and what is left is shared with them."""

    def declare(factory: _Factory[_M]) -> _Factory[_M]:
        return _note(model, Visibility.SHARED, factory)

    return declare


def internal(model: type[_M]) -> Callable[[_Factory[_M]], _Factory[_M]]:
    """Kept from vendors altogether: their query set is empty, whatever the factory says."""

    def declare(factory: _Factory[_M]) -> _Factory[_M]:
        def inside(scope: Scope) -> QuerySet[_M]:
            found = factory(scope)
            return found if scope.is_internal else found.none()

        return _note(model, Visibility.INTERNAL, inside)

    return declare


def personal(model: type[_M]) -> Callable[[_Factory[_M]], _Factory[_M]]:
    """Each person's own: the factory cuts to ``scope.reader``, who sees nobody else's."""

    def declare(factory: _Factory[_M]) -> _Factory[_M]:
        return _note(model, Visibility.PERSONAL, factory)

    return declare


def visible(model: type[_M], scope: Scope) -> QuerySet[_M]:
    """What ``scope`` may see of ``model``; nothing of a model without a declaration."""
    found = _declared.get(model)
    return found[1](scope) if found else model._default_manager.none()


def declared() -> Mapping[type[Model], Visibility]:
    """Every model with its visibility."""
    return MappingProxyType({model: kind for model, (kind, _) in _declared.items()})


def _note(model: type[_M], kind: Visibility, factory: _Factory[_M]) -> _Factory[_M]:
    _declared[model] = kind, factory
    return factory
