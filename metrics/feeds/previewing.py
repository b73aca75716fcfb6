"""What a file would come to, read like a delivery and loaded nowhere."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from metrics.engine import from_us, to_us
from metrics.feeds import reading
from metrics.feeds.catalogue import catalogue_for, mapping_of, unremembered_kpis
from metrics.feeds.chunks import Chunk
from metrics.feeds.jobs import Reader
from metrics.feeds.loading import Loader
from metrics.feeds.mapping import Mapping, MappingError
from metrics.feeds.quarantine import storable
from metrics.feeds.reading import Job, Limits, read_file
from metrics.feeds.storage import absolute, scratch_root
from metrics.models import FeedMapping, Ingestion, Upload

ROWS = 100_000  # a larger file is shown by this many of its first rows
_LIMITS = Limits(cpu_s=20, wait_s=25.0)  # somebody waits for the page
_SHOWN = 10
_Catalogue = dict[str, dict[str, Any]]


def preview_of(
    *, upload: Upload, stored: FeedMapping, as_of: datetime, read: Reader = read_file
) -> dict[str, Any]:
    """What reading ``upload`` comes to, ready to be kept as JSON.

    Either ``rejected`` (why the whole file would be), or ``rows`` in the file, how many of them
    were ``read``, their ``verdicts``, ``errors`` grouped and a ``sample`` as it is understood.
    """
    try:
        mapping = mapping_of(stored)
        catalogue = catalogue_for(mapping, feed=upload.feed)
    except MappingError as error:
        return {"rejected": {"rule": "mapping", "message": str(error), "hint": ""}}
    with TemporaryDirectory(dir=scratch_root()) as folder:
        job = Job(
            path=str(absolute(upload.path)),
            mapping=stored.body,
            kpis=catalogue,
            received_at_us=to_us(as_of),
            out_dir=folder,
            format=upload.layout,
            guarded=upload.mends_id is not None,
            chunk_rows=ROWS,
            limits=_LIMITS,
        )
        with closing(read(job)) as events:  # type: ignore[type-var]
            return _told(upload, mapping, catalogue, events)


def _told(
    upload: Upload, mapping: Mapping, catalogue: _Catalogue, events: Iterator[reading.Event]
) -> dict[str, Any]:
    found: dict[str, Any] = {"rows": 0, "read": 0, "verdicts": {}, "errors": [], "sample": []}
    for event in events:
        match event:
            case reading.Rejected():
                said = {"rule": event.rule, "message": event.message, "hint": event.hint}
                return {"rejected": storable(said | {"line": event.line})}
            case reading.Structure():
                found |= {"rows": event.rows, "warnings": list(event.warnings)}
            case reading.Chunk():
                found |= _read(upload, mapping, catalogue, event)
                return found
            case reading.Done():
                return found
    return found


def _read(
    upload: Upload, mapping: Mapping, catalogue: _Catalogue, event: reading.Chunk
) -> dict[str, Any]:
    verdicts: Counter[str] = Counter(quarantined=event.quarantined)
    sample: list[dict[str, Any]] = []
    if mapping.reference is None:
        rows = Chunk.read(Path(event.path))
        verdicts += _loader(upload, mapping).foresee(rows)
        sample = _sample(rows, mapping, catalogue)
    else:
        verdicts["accepted"] += event.read - event.quarantined
    return {
        "read": event.read,
        "ambiguous": event.ambiguous,
        "verdicts": dict(verdicts),
        "errors": _grouped(Path(event.quarantine)),
        "sample": sample,
    }


def _loader(upload: Upload, mapping: Mapping) -> Loader:
    last = Ingestion.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return Loader(
        feed_id=upload.feed_id,
        load_id=last + 1,
        mode=mapping.revision_mode,
        varies=mapping.varies,
        unremembered=unremembered_kpis(mapping, feed=upload.feed),
    )


def _grouped(path: Path) -> list[dict[str, Any]]:
    """The same error × N, the most frequent first."""
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            said = storable(json.loads(line))
            key = (said.get("rule") or "", said.get("column") or "")
            group = groups.setdefault(key, _first(said))
            group["rows"] += 1
    return sorted(groups.values(), key=lambda group: (-group["rows"], group["first_line"]))


def _first(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "rows": 0,
        "first_line": said["line"],
        "column": said.get("column") or "",
        "message": said.get("message") or "",
        "hint": said.get("hint") or "",
        "example": (said.get("value") or "")[:60],
    }


def _sample(rows: Chunk, mapping: Mapping, catalogue: _Catalogue) -> list[dict[str, Any]]:
    codes = {entry["id"]: code for code, entry in catalogue.items()}
    return [
        {
            "line": item["line"],
            "item": item["ref"],
            "filtered": item["filtered"],
            "says": list(_said(item, mapping, catalogue, codes)),
        }
        for item in rows.items.slice(0, _SHOWN).to_pylist()
    ]


def _said(
    item: dict[str, Any], mapping: Mapping, catalogue: _Catalogue, codes: dict[int, str]
) -> Iterator[dict[str, str]]:
    for number, target in enumerate(mapping.targets):
        kpi = item[f"t{number}_kpi"]
        if kpi is None or item["filtered"]:
            continue
        entry = catalogue[codes[kpi]]
        given = {*target.roles, *target.times}
        roles = {column: role for role, column in entry["roles"].items() if role in given}
        numbers = [
            f"{role} {_time(given_as) if role in target.times else _plain(given_as, entry['scale'])}"
            for column in ("a", "b", "value")
            if (given_as := item[f"t{number}_{column}"]) is not None
            for role in [roles.get(column, column)]
        ]
        yield {
            "kpi": codes[kpi],
            "at": _time(item[f"t{number}_at"]),
            "numbers": ", ".join(numbers),
        }


def _time(us: int) -> str:
    return from_us(us).strftime("%-d %b %Y, %H:%M")


def _plain(scaled: int, places: int) -> str:
    """A scaled whole number as people write it: 1250 at two places is 12.5."""
    sign, digits = ("-" if scaled < 0 else ""), str(abs(scaled)).rjust(places + 1, "0")
    whole, rest = digits[: len(digits) - places], digits[len(digits) - places :].rstrip("0")
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"
