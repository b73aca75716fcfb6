"""One chunk of a delivery into observations: one transaction, whole or not at all."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from django.db import IntegrityError, transaction

from metrics.feeds import tables
from metrics.feeds.chunks import Array, Chunk, pairs, repeats
from metrics.feeds.marks import Marker
from metrics.feeds.tables import Pair
from metrics.feeds.verdicts import Outcome, RevisionMode, Verdict, Version, judge_rows

COUNTED = {verdict: verdict.name.lower() for verdict in Verdict}
Told = Callable[[Chunk, Sequence[Verdict]], None]


@dataclass
class Loader:
    """Loads the chunks of one ingestion, one after the other.

    ``varies``: an item's KPIs may change between revisions, so that they must be remembered.
    ``spanning``: KPIs whose rows reach from `at` to `ends_at` (outages), which may lie in several
    periods; an open one reaches to ``open_until`` (µs).
    ``unremembered``: KPIs that may hold items from before their KPIs could change.
    ``place``: the delivery in whose place its rows stand, if not in their own.
    ``told``: hears the verdict on each row of a chunk that was loaded.
    """

    feed_id: int
    load_id: int
    mode: RevisionMode
    varies: bool
    spanning: frozenset[int] = frozenset()
    open_until: int = 0
    unremembered: frozenset[int] = frozenset()
    place: int | None = None
    told: Told | None = None
    marker: Marker = field(default_factory=Marker)
    _met_known: bool = False  # an earlier chunk collided, so trying the direct way is in vain

    def load(self, chunk: Chunk) -> Counter[str]:
        """Load ``chunk`` in the caller's transaction; return how many rows got which verdict."""
        if not len(chunk):
            return Counter()
        revisions = chunk.revisions(self._delivered)
        if not self.varies and not self._met_known:
            observations = chunk.observations(revisions)
            if not repeats(observations) and self._inserted(observations):
                self._mark(observations)
                return self._counted(chunk, [Verdict.ACCEPTED] * len(chunk))
        self._met_known = True
        return self._counted(chunk, self._load_against_known(chunk, revisions))

    def foresee(self, chunk: Chunk) -> Counter[str]:
        """How many rows ``load`` would give which verdict now; nothing is written."""
        return Counter(COUNTED[verdict] for verdict in self.verdicts(chunk))

    @transaction.atomic
    def verdicts(self, chunk: Chunk) -> list[Verdict]:
        """The verdicts that ``load`` would give now, row by row; nothing is written."""
        if not len(chunk):
            return []
        revisions = chunk.revisions(self._delivered)
        keys, versions, filtered = _items(chunk, revisions)
        known, _ = self._known(keys, chunk.observations(revisions))
        outcome = judge_rows(self.mode, list(zip(keys, versions, filtered, strict=True)), known)
        return outcome.verdicts

    def withdraw(self, pairs: Sequence[Pair]) -> int:
        """Move these observations, where they exist, to the history; return how many did."""
        gone = tables.observations_supersede(pairs, self.load_id)
        self._mark_gone(gone)
        return len(gone)

    @property
    def _delivered(self) -> int | None:
        place = self.load_id if self.place is None else self.place
        return {"column": None, "by_delivery": place, "immutable": 0}[self.mode]

    def _inserted(self, observations: pa.Table) -> bool:
        try:
            with transaction.atomic():
                tables.observations_insert(observations, self.load_id)
        except IntegrityError:
            return False
        return True

    def _counted(self, chunk: Chunk, verdicts: list[Verdict]) -> Counter[str]:
        if self.told:
            self.told(chunk, verdicts)
        return Counter(COUNTED[verdict] for verdict in verdicts)

    def _load_against_known(self, chunk: Chunk, revisions: pa.Array) -> list[Verdict]:
        keys, versions, filtered = _items(chunk, revisions)
        every = chunk.observations(revisions)
        known, held = self._known(keys, every)
        outcome = judge_rows(self.mode, list(zip(keys, versions, filtered, strict=True)), known)
        self._replace(chunk, revisions, outcome, held)
        if self.varies:
            self._remember(every, outcome, keys, versions, filtered)
        self._advance(outcome, held)
        return outcome.verdicts

    def _known(
        self, keys: list[bytes], observations: pa.Table
    ) -> tuple[dict[bytes, Version], dict[bytes, list[int]]]:
        """The version in force of each item, and the KPIs it counts for."""
        if self.varies:
            return self._remembered(set(keys))
        known: dict[bytes, Version] = {}
        held: dict[bytes, list[int]] = {}
        staged = list(set(pairs(observations)))
        for (kpi, key), version in tables.observations_known(staged).items():
            known[key] = version
            held.setdefault(key, []).append(kpi)
        return known, held

    def _remembered(self, keys: set[bytes]) -> tuple[dict[bytes, Version], dict[bytes, list[int]]]:
        items = tables.items_known(self.feed_id, keys)
        known = {key: version for key, (version, _) in items.items()}
        held = {key: _unpack(targets) for key, (_, targets) in items.items()}
        found = tables.observations_of(keys, self.unremembered) if self.unremembered else {}
        for (kpi, key), version in found.items():
            if key not in known or version.revision >= known[key].revision:
                known[key] = version
            if kpi not in held.setdefault(key, []):
                held[key].append(kpi)
        return known, held

    def _replace(
        self, chunk: Chunk, revisions: pa.Array, outcome: Outcome, held: dict[bytes, list[int]]
    ) -> None:
        self.withdraw([(kpi, key) for key in outcome.winners for kpi in held.get(key, ())])
        filtered = np.asarray(chunk.items["filtered"].to_numpy(zero_copy_only=False))
        rows = np.array(sorted(outcome.winners.values()), np.int64)
        kept = rows[~filtered[rows]] if len(rows) else rows
        observations = chunk.observations(revisions, kept)
        tables.observations_insert(observations, self.load_id)
        self._mark(observations)

    def _remember(
        self,
        observations: pa.Table,
        outcome: Outcome,
        keys: list[bytes],
        versions: list[Version],
        filtered: list[bool],
    ) -> None:
        kpis: dict[int, list[int]] = {}
        for row, kpi in zip(
            observations["row"].to_pylist(), observations["kpi_id"].to_pylist(), strict=True
        ):
            kpis.setdefault(row, []).append(kpi)
        tables.items_replace(
            self.feed_id,
            [
                (key, versions[row], _pack([] if filtered[row] else kpis.get(row, [])))
                for key, row in outcome.winners.items()
            ],
        )

    def _advance(self, outcome: Outcome, held: dict[bytes, list[int]]) -> None:
        if not outcome.advanced:
            return
        if self.varies:
            tables.items_advance(self.feed_id, outcome.advanced)
        tables.observations_advance(
            (revision, kpi, key)
            for key, revision in outcome.advanced.items()
            for kpi in held.get(key, ())
        )

    def _mark(self, observations: pa.Table) -> None:
        kpis = np.asarray(observations["kpi_id"])
        at = np.asarray(observations["at"])
        self.marker.mark(kpis, at)
        spanning = np.flatnonzero(np.isin(kpis, list(self.spanning)))
        if len(spanning):
            ends = np.asarray(observations["ends_at"].fill_null(self.open_until))
            self.marker.mark_spans(_spans(kpis[spanning], at[spanning], ends[spanning]))

    def _mark_gone(self, gone: list[tuple[int, int, int | None]]) -> None:
        if gone:
            self.marker.mark(
                np.array([kpi for kpi, _, _ in gone]), np.array([at for _, at, _ in gone])
            )
            self.marker.mark_spans(
                (kpi, at, self.open_until if end is None else end)
                for kpi, at, end in gone
                if kpi in self.spanning
            )


def _items(chunk: Chunk, revisions: pa.Array) -> tuple[list[bytes], list[Version], list[bool]]:
    """Key, version and whether it is filtered, of each row."""
    digests = chunk.items["digest"].to_pylist()
    versions = [Version(*pair) for pair in zip(revisions.to_pylist(), digests, strict=True)]
    return chunk.items["key"].to_pylist(), versions, chunk.items["filtered"].to_pylist()


def _spans(kpis: Array, at: Array, ends: Array) -> list[tuple[int, int, int]]:
    return [(int(k), int(a), max(int(a), int(e))) for k, a, e in zip(kpis, at, ends, strict=True)]


def _pack(kpi_ids: list[int]) -> bytes:
    return np.array(sorted(kpi_ids), "<i4").tobytes()


def _unpack(targets: bytes) -> list[int]:
    return [int(kpi) for kpi in np.frombuffer(targets, "<i4")]
