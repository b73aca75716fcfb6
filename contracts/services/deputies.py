"""Deputies for absence: whoever stands in has the absent person's duties for those days."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError

from contracts.models import Deputy, User
from contracts.services.auditing import audit
from contracts.services.writing import save, writing


def deputy_name(
    *, absent: User, deputy: User, first_day: date, last_day: date, today: date
) -> Deputy:
    """Name who stands in, both days included. Raises ValidationError: somebody of the other side,
    who cannot sign in, oneself, or days that are past."""
    naming = Deputy(absent=absent, deputy=deputy, first_day=first_day, last_day=last_day)
    with writing():
        _refuse(naming, today)
        save(naming, action="named")
    return naming


def deputy_end(*, naming: Deputy, today: date) -> None:
    """Yesterday was the last day; a time that has not begun is taken back."""
    with writing():
        current = Deputy.objects.select_for_update().get(pk=naming.pk)
        if current.last_day < today:
            return
        if current.first_day >= today:
            audit(action="took back", instance=current)
            current.delete()
        else:
            current.last_day = today - timedelta(days=1)
            save(current, action="ended")


def _refuse(naming: Deputy, today: date) -> None:
    if naming.absent_id == naming.deputy_id:
        raise ValidationError({"deputy": "Name somebody else: nobody stands in for themselves."})
    if User.Role.VENDOR in (naming.absent.role, naming.deputy.role):
        raise ValidationError({"deputy": "Deputies are named among the buyer's own people."})
    if not naming.deputy.is_active:
        raise ValidationError({"deputy": f"{naming.deputy} can no longer sign in."})
    if naming.last_day < naming.first_day:
        raise ValidationError({"last_day": "The last day is before the first one."})
    if naming.last_day < today:
        raise ValidationError({"last_day": f"{naming.last_day} is past: name days to come."})
