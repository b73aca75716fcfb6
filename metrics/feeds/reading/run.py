"""The child's work: structure of the whole file first, then chunk by chunk."""

from collections.abc import Iterator

from ..mapping.catalogue import catalogue_of
from ..mapping.compile import Compiled, compile_mapping
from ..mapping.parse import parse_mapping
from ..mapping.rows import Mapper
from ..mapping.shape import Mapping
from .chunks import write_chunk
from .events import Chunk, Done, Event, Job
from .guard import unguarded
from .plausible import check_times
from .regroup import regrouped
from .source import Request, Source


def run(job: Job) -> Iterator[Event]:
    """Events of one job.

    Raises Refused for the file, MappingError for its mapping; chunks come only after the
    structure of the whole file was found sound.
    """
    data = dict(job.mapping) if job.format is None else {**job.mapping, "format": job.format}
    mapping = parse_mapping(data)
    compiled = compile_mapping(mapping, catalogue_of(job.kpis))
    request = request_of(job, mapping)
    source = open_source(request)
    yield source.scan()
    read = 0
    for chunk in _chunks(job, compiled, request, source):
        read += chunk.read
        yield chunk
    yield Done(read)


def request_of(job: Job, mapping: Mapping) -> Request:
    """What a job asks of the reader of its file."""
    return Request(
        job.path,
        mapping.format,
        tuple(mapping.required_columns),
        mapping.reference is not None,
        job.limits,
        job.out_dir,
    )


def _chunks(job: Job, compiled: Compiled, request: Request, source: Source) -> Iterator[Chunk]:
    if compiled.mapping.reference is not None:
        from .reference import reference_chunks

        yield from reference_chunks(job, compiled.mapping, request, source)
        return
    mapper = Mapper(compiled, received_at_us=job.received_at_us, skew_s=job.skew_s)
    batches = unguarded(source.batches()) if job.guarded else source.batches()
    for number, batch in enumerate(regrouped(batches, job.chunk_rows)):
        if number == 0:
            check_times(compiled.mapping, batch)
        mapped = mapper.map(batch)
        yield write_chunk(
            mapped.chunk,
            mapped.faults,
            number=number,
            out_dir=job.out_dir,
            filtered=mapped.filtered,
            ambiguous=mapped.ambiguous,
            progress=request.progress,
        )


def open_source(request: Request) -> Source:
    """The reader for the declared type of file; only what it needs is imported."""
    match request.format.type:
        case "csv":
            from .delimited import Delimited

            return Delimited(request)
        case "xlsx":
            from .workbook import Workbook

            return Workbook(request)
        case "parquet":
            from .parquet import Parquet

            return Parquet(request)
        case "json":
            from .documents import JsonDocument

            return JsonDocument(request)
        case "ndjson":
            from .documents import JsonLines

            return JsonLines(request)
