from contracts.models.access import ApiKey, Deputy, Invitation, SavedView, User
from contracts.models.approvals import Approval
from contracts.models.audit import AppendOnlyError, AuditEvent
from contracts.models.calendars import Calendar
from contracts.models.certifications import Certification
from contracts.models.contacts import Contact
from contracts.models.contracts import Amendment, Charge, Contract
from contracts.models.documents import Document
from contracts.models.managed import Managed
from contracts.models.processes import Process
from contracts.models.vendors import Vendor

__all__ = [
    "Amendment",
    "ApiKey",
    "AppendOnlyError",
    "Approval",
    "AuditEvent",
    "Calendar",
    "Certification",
    "Charge",
    "Contact",
    "Contract",
    "Deputy",
    "Document",
    "Invitation",
    "Managed",
    "Process",
    "SavedView",
    "User",
    "Vendor",
]
