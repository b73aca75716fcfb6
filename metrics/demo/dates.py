"""What people did about contract dates: one obligation fulfilled, the others left to act on."""

from datetime import date

from contracts.models import Obligation
from contracts.services.acting import acting_as
from contracts.services.obligations import obligation_fulfil
from metrics.demo.cast import Actor
from metrics.demo.story import TODAY


def meet_dates(tom: Actor) -> None:
    """Halcyon's statement of June came; that of September is overdue."""
    with acting_as(tom.user):
        obligation_fulfil(
            obligation=Obligation.objects.get(code="hal-method-statement"),
            due_on=date(2026, 6, 30),
            done_on=date(2026, 6, 26),
            as_of=TODAY,
            note="Version 4 of the model card",
        )
