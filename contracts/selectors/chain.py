"""Whether the audit trail is what was written: every seal is computed anew and compared."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from contracts.models import AuditEvent
from contracts.services.sealing import ORIGIN, seal_of

_CHUNK = 2_000
_NAMED = 200  # removed events that are named one by one
_TRACED = 30  # faulty events whose former place is searched for


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the chain; ``event`` is the number of the row, where there is one."""

    place: int
    event: int | None
    what: str


@dataclass(slots=True)
class Findings:
    """What a walk along the chain came to. ``head``: the last seal, to be noted elsewhere."""

    sealed: int = 0
    unsealed: int = 0
    head: str = ORIGIN
    faults: list[Fault] = field(default_factory=list)


_Broken = tuple[AuditEvent, str]  # with the seal before it


@dataclass(slots=True)
class _Walk:
    """Where the walk stands: the place it expects and the seal it came from."""

    place: int = 0
    seal: str | None = ORIGIN  # None: unknown, as the event before is missing
    broken: list[_Broken] = field(default_factory=list)
    seen: set[str] = field(default_factory=lambda: {ORIGIN})


def chain_verify(noted: str = "") -> Findings:
    """Recompute the whole chain. ``noted``: a head from earlier, which must still be in it.

    A fault names the exact row: changed, missing, or moved and from where.
    """
    walk, found = _Walk(), Findings()
    for event in _sealed():
        _step(walk, event, found)
    found.unsealed = AuditEvent.objects.filter(place__isnull=True).count()
    found.head = walk.seal or ORIGIN
    found.faults += _faults_of(walk.broken)
    if noted and noted.lower() not in walk.seen:
        what = (
            f"the noted seal {noted} is not in the chain: events at its end were removed, or the "
            "chain was written anew"
        )
        found.faults.append(Fault(walk.place, None, what))
    found.faults.sort(key=lambda fault: fault.place)
    return found


def _sealed() -> Iterator[AuditEvent]:
    sealed = AuditEvent.objects.filter(place__isnull=False).order_by("place")
    return sealed.iterator(chunk_size=_CHUNK)


def _step(walk: _Walk, event: AuditEvent, found: Findings) -> None:
    place = event.place or 0
    if place != walk.place + 1:
        _gap(walk, place, found)
    if walk.seal is not None and seal_of(walk.seal, place, event) != event.seal:
        walk.broken.append((event, walk.seal))
    walk.place, walk.seal = place, event.seal
    walk.seen.add(event.seal)
    found.sealed += 1


def _gap(walk: _Walk, place: int, found: Findings) -> None:
    missing = range(walk.place + 1, place)
    if not missing:
        found.faults.append(Fault(place, None, f"place {place} does not follow {walk.place}"))
    for each in missing[:_NAMED]:
        found.faults.append(Fault(each, None, "the event was removed"))
    if len(missing) > _NAMED:
        more = len(missing) - _NAMED
        found.faults.append(Fault(place - 1, None, f"and {more} more before it were removed"))
    walk.seal = None


def _faults_of(broken: list[_Broken]) -> Iterator[Fault]:
    """What became of the events whose seal is wrong. One that is intact, and whose seal is wrong
    only because its neighbour is, has no fault of its own."""
    traced = broken[:_TRACED]
    for event, _ in broken:
        place = event.place or 0
        came_from = _former_place(event, traced)
        if came_from is None:
            what = "the event was changed, or the one before it was replaced"
            yield Fault(place, event.pk, what)
        elif came_from != place:
            yield Fault(place, event.pk, f"the event was moved here from place {came_from}")


def _former_place(event: AuditEvent, broken: list[_Broken]) -> int | None:
    """The place among the broken ones at which the seal of ``event`` would be right."""
    seals = {each.seal for each, _ in broken} | {before for _, before in broken}
    seals |= {seal_of(before, each.place or 0, each) for each, before in broken}
    places = [each.place or 0 for each, _ in broken]
    fits = (p for p in places for s in seals if seal_of(s, p, event) == event.seal)
    return next(fits, None)
