from contracts.models.access import ApiKey, User
from contracts.models.calendars import Calendar
from contracts.models.contracts import Amendment, Charge, Contract
from contracts.models.managed import Managed
from contracts.models.processes import Process
from contracts.models.vendors import Vendor

__all__ = [
    "Amendment",
    "ApiKey",
    "Calendar",
    "Charge",
    "Contract",
    "Managed",
    "Process",
    "User",
    "Vendor",
]
