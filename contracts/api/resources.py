"""Records that the API lists, shows, registers, changes, archives and brings back.

A kind of record is one ``Resource`` and up to three views of a few lines:

    VENDORS = Resource(
        noun="vendor",                      # services take the record by this name, in small letters
        address=("api:vendor", "code"),     # its address and the field that fills it
        found=scoped.vendors,               # what a scope may see, with its joins
        serializer=VendorSerializer,        # the answer; it needs "updated_at"
        creating=VendorCreate,              # body of POST, a StrictSerializer
        changing=VendorChange,              # body of PATCH, where every member is optional
        create=vendor_create,               # (**values) → record
        change=vendor_change,               # (vendor=record, **values)
        archive=vendor_archive,             # (vendor=record, as_of=instant, reason=text), or None
        restore=vendor_restore,             # (vendor=record), or None
    )

    class VendorList(ResourceList):
        '''Vendors, those changed last at the end.'''
        resource = VENDORS
        filters = (..., *updated())

    class VendorDetail(ResourceDetail):
        '''One vendor.'''
        resource = VENDORS

    class VendorRestore(ResourceRestore):
        resource = VENDORS

Bodies name other records with ``Coded`` or ``Numbered`` (contracts.api.fields), which look in the
sender's scope. Services validate; what they refuse is answered by the field's pointer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from contracts.api.base import MANAGE, READ, ApiMixin, DetailView, ListView, one
from contracts.api.editing import (
    StrictSerializer,
    body_of,
    conflicts,
    editing,
    refusals,
    refuse_managed,
    tagged,
)
from contracts.api.operations import describe_detail, describe_list, describe_restore
from contracts.models.managed import Managed
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.filters import Parameter, UnreadableError

_LONGEST_REASON = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What the addresses of one kind of record share; the module says what each member is.

    ``duties``: one of them is needed to write. ``part_of``: the member that names the record a
    portfolio file manages, where that is not the record itself. ``leaving``: what DELETE does,
    where it is not archiving.
    """

    noun: str
    address: tuple[str, str]
    found: Callable[[Scope], QuerySet[Any]]
    serializer: type[BaseSerializer[Any]]
    creating: type[StrictSerializer]
    changing: type[StrictSerializer]
    create: Callable[..., Model]
    change: Callable[..., Any]
    archive: Callable[..., Any] | None = None
    restore: Callable[..., Any] | None = None
    duties: tuple[Duty, ...] = (Duty.TERMS,)
    part_of: str = ""
    leaving: str = ""

    def named(self, record: Model) -> dict[str, Model]:
        """``record`` by the name under which services take it."""
        return {self.noun.lower(): record}

    def refuse_managed(self, holder: Any) -> None:
        """Raises RefusedError 409 where a portfolio file manages ``holder``, or what it is part of.

        ``holder``: a record, or the values of one that is to be made.
        """
        if isinstance(holder, Mapping):
            owner = holder.get(self.part_of)
        else:
            owner = getattr(holder, self.part_of) if self.part_of else holder
        if isinstance(owner, Managed):
            refuse_managed(owner)

    def url(self, record: Model) -> str:
        """The path of a record."""
        name, field = self.address
        return reverse(name, args=[getattr(record, field)])


class ResourceView(ApiMixin):
    """Reads bodies and answers with records, for the views below."""

    resource: ClassVar[Resource]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "resource" in vars(cls):
            needed = cls.resource.duties
            cls.duties = {method: needed for method in cls.scopes if method != "GET"}
            cls.declared()

    @classmethod
    def declared(cls) -> None:
        """Take over from ``cls.resource`` what the framework looks for on the class."""

    def get_queryset(self) -> QuerySet[Any]:
        return self.resource.found(self.scope)

    def values(self, body: type[StrictSerializer], **options: Any) -> dict[str, Any]:
        """The body of this request; raises the problem with everything that is wrong with it."""
        return body_of(body, self.request, context={"scope": self.scope}, **options)

    @contextmanager
    def held(self, record: Model) -> Iterator[None]:
        """A transaction that holds ``record`` as it is now, for what a service does with it.

        Raises RefusedError 412 where If-Match names another state, 409 for what portfolio files
        manage.
        """
        with editing(self.request, record):
            self.resource.refuse_managed(record)
            yield

    def answer(self, record: Model, status: int = HTTPStatus.OK) -> Response:
        """``record`` as it is stored now, with its ETag."""
        stored = one(self.get_queryset(), pk=record.pk)
        context = {"request": self.request, "view": self}
        shown: Any = self.resource.serializer(stored, context=context)
        return tagged(Response(shown.data, status=status), stored)


class ResourceList(ResourceView, ListView):
    """A filtered list in keyset pages, and POST to register one more."""

    scopes = {"GET": (READ,), "POST": (MANAGE,)}

    @classmethod
    def declared(cls) -> None:
        cls.serializer_class = cls.resource.serializer
        describe_list(cls, cls.resource)

    def post(self, request: Request) -> Response:
        values = self.values(self.resource.creating)
        self.resource.refuse_managed(values)
        with refusals():
            record = self.resource.create(**values)
        response = self.answer(record, HTTPStatus.CREATED)
        response["Location"] = request.build_absolute_uri(self.resource.url(record))
        return response


class ResourceDetail(ResourceView, DetailView):
    """One record: GET, PATCH, and DELETE where it can be archived."""

    scopes = {"GET": (READ,), "PATCH": (MANAGE,), "DELETE": (MANAGE,)}

    @classmethod
    def declared(cls) -> None:
        cls.serializer_class = cls.resource.serializer
        cls.lookup_field = cls.resource.address[1]
        if cls.resource.archive is None:
            cls.scopes = {method: cls.scopes[method] for method in ("GET", "PATCH")}
            cls.http_method_names = ["get", "head", "patch", "options"]
        describe_detail(cls, cls.resource)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        record = self.get_object()
        return tagged(Response(self.get_serializer(record).data), record)

    def patch(self, request: Request, **place: Any) -> Response:
        record, resource = self.get_object(), self.resource
        values = self.values(resource.changing, instance=record, partial=True)
        with self.held(record):
            resource.change(**resource.named(record), **values)
        return self.answer(record)

    def delete(self, request: Request, **place: Any) -> Response:
        record, resource = self.get_object(), self.resource
        if resource.archive is None:
            raise TypeError(f"a {resource.noun} is not archived")
        reason = self.query.get("reason", "")
        with self.held(record), conflicts():
            resource.archive(**resource.named(record), as_of=now(), reason=reason)
        return Response(status=HTTPStatus.NO_CONTENT)

    def parameters(self) -> Sequence[Parameter]:
        return (REASON,) if self.request.method == "DELETE" else super().parameters()


class ResourceRestore(ResourceView):
    """Brings an archived record back into use."""

    scopes = {"POST": (MANAGE,)}

    @classmethod
    def declared(cls) -> None:
        describe_restore(cls, cls.resource)

    def post(self, request: Request, **place: Any) -> Response:
        record, resource = one(self.get_queryset(), **place), self.resource
        if resource.restore is None:
            raise TypeError(f"a {resource.noun} is not restored")
        with self.held(record), conflicts():
            resource.restore(**resource.named(record))
        return self.answer(record)


def _read_reason(text: str) -> str:
    if len(text) > _LONGEST_REASON:
        raise UnreadableError(f"a reason may have {_LONGEST_REASON} characters")
    return text


REASON = Parameter("reason", _read_reason, "Why it leaves the lists, for the audit trail.")
