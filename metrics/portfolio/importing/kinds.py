"""What can be imported: for each kind of record its columns, its identity and its services."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from django.db.models import Model, QuerySet

from contracts.models import Certification, Charge, Contact, Contract, Process, Vendor
from contracts.models.contracts import LONGEST_NOTICE, LONGEST_RENEWAL, MOST_RENEWALS
from contracts.selectors import scope as scoped
from contracts.selectors.scope import Scope
from contracts.services.certifications import certification_change, certification_create
from contracts.services.contacts import contact_change, contact_create
from contracts.services.contracts import (
    charge_change,
    charge_create,
    contract_change,
    contract_create,
)
from contracts.services.processes import process_change, process_create
from contracts.services.vendors import vendor_change, vendor_create
from metrics.models import RecordImport
from metrics.portfolio.importing import cells
from metrics.portfolio.importing.checks import (
    Check,
    certification_faults,
    charge_faults,
    charge_in_minor,
    contact_faults,
    contract_faults,
)

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the template. ``field``: the record's; ``help``: what to write there."""

    heading: str
    field: str
    read: cells.Reader
    help: str
    example: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record. ``identity``: fields that say which one a row means; ``fixed``: fields
    that a row may state and not change; ``existing``: those a row may mean; ``finish``: last
    step from cells to values; ``check``: what several cells together break."""

    key: str
    model: type[Model]
    columns: tuple[Column, ...]
    identity: tuple[str, ...]
    existing: Callable[[Scope], QuerySet[Any]]
    create: Callable[..., Model]
    change: Callable[[Any, Values], Model]
    fixed: frozenset[str] = frozenset()
    finish: Callable[[Values], Values] = dict
    check: Check = field(default=lambda values: iter(()))

    @property
    def title(self) -> str:
        return str(RecordImport.Kind(self.key).label)

    def column_of(self, name: str) -> Column | None:
        """The column that a heading of a file names, in any case, or by its field."""
        spelled = name.strip().lower().replace("_", " ")
        named = (c for c in self.columns if spelled in (c.heading.lower(), c.field))
        return next(named, None)

    def heading_of(self, field_name: str) -> str:
        """How people call a field; empty for one that no column states."""
        return next((c.heading for c in self.columns if c.field == field_name), "")


_VENDOR = Column("Vendor", "vendor", cells.vendor, "code of the vendor", "northwind", True)
_VENDORS = Kind(
    "vendors",
    Vendor,
    (
        Column("Code", "code", cells.code, "short and lasting", "northwind", True),
        Column("Name", "name", cells.text, "as people know it", "Northwind Services", True),
        Column("Country", "country", cells.country, "two letters", "IE"),
        Column(
            "Tier",
            "tier",
            cells.choice(Vendor.Tier.choices, Vendor.Tier.STANDARD),
            "strategic, important or standard",
            "important",
        ),
        Column("Owner", "owner", cells.text, "who answers for it on our side", "Dana Okafor"),
    ),
    ("code",),
    scoped.vendors,
    vendor_create,
    lambda vendor, values: vendor_change(vendor=vendor, **values),
)
_CONTRACTS = Kind(
    "contracts",
    Contract,
    (
        Column("Reference", "reference", cells.code, "short and lasting", "NW-2026-01", True),
        Column("Title", "title", cells.text, "what it is about", "Claims handling", True),
        _VENDOR,
        Column(
            "Kind",
            "kind",
            cells.choice(Contract.Kind.choices),
            "master_agreement, statement_of_work, order or change_order",
            "statement_of_work",
            True,
        ),
        Column(
            "Priced by",
            "pricing",
            cells.choice(Contract.Pricing.choices),
            "fixed_fee, per_head, time_and_materials, per_item or per_outcome",
            "per_outcome",
            True,
        ),
        Column("Currency", "currency", cells.currency, "three letters", "EUR", True),
        Column("Time zone", "zone", cells.zone, "where its months begin", "Europe/Dublin", True),
        Column("First day", "first_day", cells.day, "a day", "2026-01-01", True),
        Column("Last day", "last_day", cells.day, "of the first term; empty: open", "2026-12-31"),
        Column(
            "Renewal",
            "renewal",
            cells.choice(Contract.Renewal.choices, Contract.Renewal.NONE),
            "none, auto, express, option or evergreen",
            "auto",
        ),
        Column(
            "Renewal months",
            "renewal_months",
            cells.whole(LONGEST_RENEWAL, 0),
            "how many each time",
            "12",
        ),
        Column(
            "Renewals at most",
            "renewal_limit",
            cells.whole(MOST_RENEWALS),
            "empty: without a bound",
            "3",
        ),
        Column("Notice", "notice_length", cells.whole(LONGEST_NOTICE), "how many", "3"),
        Column(
            "Notice unit",
            "notice_unit",
            cells.choice(Contract.NoticeUnit.choices),
            "days, weeks or months",
            "months",
        ),
        Column("Stands under", "parent", cells.contract, "reference of a contract"),
    ),
    ("reference",),
    scoped.contracts,
    contract_create,
    lambda contract, values: contract_change(contract=contract, **values),
    fixed=frozenset({"vendor"}),
    check=contract_faults,
)
_CONTACTS = Kind(
    "contacts",
    Contact,
    (
        _VENDOR,
        Column("Name", "name", cells.text, "of the person", "Aoife Byrne", True),
        Column("Role", "role", cells.text, "what they do", "Account manager"),
        Column("E-mail", "email", cells.text, "or a telephone number", "aoife@example.com"),
        Column("Telephone", "phone", cells.text, "or an e-mail address", "+353 1 555 0100"),
        Column("Escalation", "is_escalation", cells.flag, "yes or no", "yes"),
    ),
    ("vendor", "name"),
    lambda scope: scoped.contacts(scope).filter(archived_at__isnull=True),
    contact_create,
    lambda contact, values: contact_change(contact=contact, **values),
    check=contact_faults,
)
_PROCESSES = Kind(
    "processes",
    Process,
    (
        Column("Code", "code", cells.code, "short and lasting", "claims-intake", True),
        Column("Name", "name", cells.text, "as people know it", "Claims intake", True),
        Column(
            "Nature",
            "nature",
            cells.choice(Process.Nature.choices),
            "knowledge or volume",
            "knowledge",
            True,
        ),
        Column("Contract", "contract", cells.contract, "reference; empty: in house", "NW-2026-01"),
    ),
    ("code",),
    lambda scope: scoped.processes(scope).select_related("contract"),
    process_create,
    lambda process, values: process_change(process=process, **values),
)
_CERTIFICATIONS = Kind(
    "certifications",
    Certification,
    (
        _VENDOR,
        Column("Standard", "standard", cells.text, "what was attested", "ISO/IEC 27001:2022", True),
        Column("Scope", "scope_words", cells.text, "as the certificate says it", "Dublin site"),
        Column("Issuer", "issuer", cells.text, "who attested it", "Example Registrars"),
        Column("Issued on", "issued_on", cells.day, "a day", "2025-04-01", True),
        Column("Expires on", "expires_on", cells.day, "the last day it is valid", "2028-03-31"),
    ),
    ("vendor", "standard", "issued_on"),
    lambda scope: scoped.certifications(scope).filter(archived_at__isnull=True),
    certification_create,
    lambda certification, values: certification_change(certification=certification, **values),
    check=certification_faults,
)
_CHARGES = Kind(
    "charges",
    Charge,
    (
        Column("Contract", "contract", cells.contract, "its reference", "NW-2026-01", True),
        Column("Process", "process", cells.process, "its code; empty: the whole contract"),
        Column("First day", "first_day", cells.day, "of the period", "2026-03-01", True),
        Column("Last day", "last_day", cells.day, "of the period", "2026-03-31", True),
        Column("Amount", "amount", cells.amount, "net, in the contract's currency", "42000", True),
    ),
    ("contract", "process", "first_day"),
    lambda scope: scoped.charges(scope).select_related("contract", "process"),
    charge_create,
    lambda charge, values: charge_change(charge=charge, **values),
    fixed=frozenset({"last_day"}),
    finish=charge_in_minor,
    check=charge_faults,
)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        kind.key: kind
        for kind in (_VENDORS, _CONTRACTS, _PROCESSES, _CONTACTS, _CERTIFICATIONS, _CHARGES)
    }
)


def headings(kind: Kind) -> Iterator[str]:
    """The header of the template."""
    return (column.heading for column in kind.columns)
