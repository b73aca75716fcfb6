from django.core.exceptions import ValidationError
from django.db import transaction

from contracts.models import SavedView, User

_MOST = 50


@transaction.atomic
def saved_view_keep(*, owner: User, page: str, name: str, query: str) -> SavedView:
    """Keep filters under a name; the same name on the same list is replaced.

    Raises ValidationError without a name, for filters too long to keep, and beyond 50 views.
    """
    own = SavedView.objects.filter(owner=owner, page=page)
    view = own.filter(name=name.strip()).first() or SavedView(owner=owner, page=page)
    if view._state.adding and own.count() >= _MOST:
        raise ValidationError(f"You keep {_MOST} views of this list: delete one first.")
    view.name, view.query = name.strip(), query
    view.full_clean()
    kept, _ = SavedView.objects.update_or_create(
        owner=owner, page=page, name=view.name, defaults={"query": query}
    )
    return kept


def saved_view_delete(*, view: SavedView) -> None:
    """Forget a view; nothing else rests on it."""
    view.delete()
