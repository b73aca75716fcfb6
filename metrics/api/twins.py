"""The flat collections as files: .csv, .parquet and .xlsx with the filters of their lists.

A file holds every row that is asked for, in the order of the list, with the declared columns.
"""

import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar

from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from contracts.api.base import ApiMixin
from contracts.api.throttles import EXPORT
from kpotracker.toolkit.exports import XLSX, as_download
from kpotracker.toolkit.problems import RefusedError
from kpotracker.toolkit.tabular import madefiles, xlsxfile
from kpotracker.toolkit.tabular.collection import Collection
from kpotracker.toolkit.tabular.csvfile import CsvBlocks
from kpotracker.toolkit.tabular.extract import PARAMETERS, Extract
from kpotracker.toolkit.tabular.marks import state_mark, statement_key
from kpotracker.toolkit.tabular.parquetfile import parquet_write
from kpotracker.toolkit.tabular.ranges import file_answer
from metrics.api.collections import component_of
from metrics.api.schema import ApiSchema

CSV = "text/csv; charset=utf-8"
PARQUET = "application/vnd.apache.parquet"
_TRY_AGAIN_S = 60


class TwinSchema(ApiSchema):
    """OpenAPI of a file."""

    def get_operation_id(self) -> str:
        twin: Any = self.view
        return f"{twin.collection.name}_{twin.ending}"

    def get_response_serializers(self) -> Any:
        twin: Any = self.view
        media_type = twin.media_type.partition(";")[0]
        told = {HTTPStatus.OK: "The file.", **twin.answers}
        return {
            (status, media_type): OpenApiResponse(OpenApiTypes.BINARY, description=said)
            for status, said in told.items()
        }


class AnyAccept(BaseContentNegotiation):
    """What a file is says its address."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class Twin(ApiMixin):
    """A collection as a file; a statement for it may take as long as it needs."""

    collection: ClassVar[Collection]
    ending: ClassVar[str]
    media_type: ClassVar[str]
    about: ClassVar[str]
    answers: ClassVar[dict[int, str]] = {}
    schema = TwinSchema()
    content_negotiation_class = AnyAccept

    def get(self, request: Request) -> HttpResponseBase:
        extract = Extract.of(self.collection, self.scope, self.query)
        try:
            answer = self.file(request, extract)
        except madefiles.NoRoomError as error:
            raise _no_room() from error
        is_whole = answer.status_code < HTTPStatus.MULTIPLE_CHOICES
        return as_download(answer, f"{self.collection.name}.{self.ending}") if is_whole else answer

    def file(self, request: Request, extract: Extract) -> HttpResponseBase:
        raise NotImplementedError

    def _longest_statement(self, method: str) -> int:
        return 0


class CsvTwin(Twin):
    """Sent while it is read; a failure on the way breaks the connection."""

    ending, media_type, pace = "csv", CSV, EXPORT
    about = "Texts that a spreadsheet would take for formulas begin with an apostrophe."

    def file(self, request: Request, extract: Extract) -> HttpResponseBase:
        if request.method == "HEAD":
            return HttpResponse(content_type=CSV)
        return StreamingHttpResponse(CsvBlocks(extract), content_type=CSV)


class ParquetTwin(Twin):
    """A file on our disk, which can be read in parts."""

    ending, media_type = "parquet", PARQUET
    about = "Range requests and entity tags work, so readers fetch only the columns they need."
    answers: ClassVar = {206: "The range that was asked for.", 304: "It is as If-None-Match says."}

    def file(self, request: Request, extract: Extract) -> HttpResponseBase:
        def make(path: Path) -> None:
            self.count(request, EXPORT)
            parquet_write(extract, path)

        key, mark = statement_key(extract), state_mark(extract)
        found = madefiles.shared_file(key, mark, make)
        return file_answer(request._request, found, PARQUET)


class XlsxTwin(Twin):
    """A workbook of one sheet, made for this answer alone."""

    ending, media_type, pace = "xlsx", XLSX, EXPORT
    about = f"At most {xlsxfile.MOST_ROWS:,} rows; days and instants (UTC) are dates."

    def file(self, request: Request, extract: Extract) -> HttpResponseBase:
        _within_a_sheet(extract.count())
        if request.method == "HEAD":
            return HttpResponse(content_type=XLSX)
        folder = madefiles.folder()
        target = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  the answer closes it
        try:
            with madefiles.room_needed():
                xlsxfile.xlsx_write(extract, target, folder)
        except BaseException as error:
            target.close()
            if isinstance(error, xlsxfile.TooManyRowsError):  # rows came since they were counted
                _within_a_sheet(extract.count())
            raise
        target.seek(0)
        return FileResponse(target, content_type=XLSX)


def twins_of(collection: Collection) -> list[tuple[str, type[Twin]]]:
    """(ending, view) of each file of ``collection``."""
    return [(kind.ending, _twin(kind, collection)) for kind in (CsvTwin, ParquetTwin, XlsxTwin)]


def _twin(kind: type[Twin], collection: Collection) -> type[Twin]:
    members = {
        "collection": collection,
        "filters": (*collection.filters, *PARAMETERS),
        "__doc__": f"{collection.row} Every row, as a file. {kind.about}",
    }
    return type(f"{component_of(collection)}{kind.ending.title()}", (kind,), members)


def _within_a_sheet(count: int) -> None:
    """Raises RefusedError 400 for more rows than a sheet has."""
    if count > xlsxfile.MOST_ROWS:
        raise RefusedError(
            HTTPStatus.BAD_REQUEST,
            f"These are {count:,} rows, and a sheet holds {xlsxfile.MOST_ROWS:,}: narrow them with "
            "filters, or take them as .csv or .parquet.",
        )


def _no_room() -> RefusedError:
    return RefusedError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "There is no room on the disk to make the file: try again later, or take it as .csv.",
        {"Retry-After": str(_TRY_AGAIN_S)},
    )
