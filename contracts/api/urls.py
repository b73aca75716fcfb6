"""(address, view, name) of what the contracts app offers below /api/v1/."""

from typing import Any, Final

from django.views import View

from contracts.api.amendments import AmendmentDetail, AmendmentList
from contracts.api.certifications import (
    CertificationDetail,
    CertificationList,
    CertificationRestore,
)
from contracts.api.charges import ChargeDetail, ChargeList
from contracts.api.contacts import ContactDetail, ContactList, ContactRestore
from contracts.api.contracts import ContractDetail, ContractList, ContractRestore
from contracts.api.processes import ProcessDetail, ProcessList, ProcessRestore
from contracts.api.vendors import VendorDetail, VendorList, VendorRestore

ADDRESSES: Final[tuple[tuple[str, type[View[Any]], str], ...]] = (
    ("vendors", VendorList, "vendors"),
    ("vendors/<code:code>", VendorDetail, "vendor"),
    ("vendors/<code:code>/restore", VendorRestore, "vendor-restore"),
    ("contracts", ContractList, "contracts"),
    ("contracts/<code:reference>", ContractDetail, "contract"),
    ("contracts/<code:reference>/restore", ContractRestore, "contract-restore"),
    ("amendments", AmendmentList, "amendments"),
    ("amendments/<number:pk>", AmendmentDetail, "amendment"),
    ("charges", ChargeList, "charges"),
    ("charges/<number:pk>", ChargeDetail, "charge"),
    ("processes", ProcessList, "processes"),
    ("processes/<code:code>", ProcessDetail, "process"),
    ("processes/<code:code>/restore", ProcessRestore, "process-restore"),
    ("contacts", ContactList, "contacts"),
    ("contacts/<number:pk>", ContactDetail, "contact"),
    ("contacts/<number:pk>/restore", ContactRestore, "contact-restore"),
    ("certifications", CertificationList, "certifications"),
    ("certifications/<number:pk>", CertificationDetail, "certification"),
    ("certifications/<number:pk>/restore", CertificationRestore, "certification-restore"),
)
