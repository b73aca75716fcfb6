from contracts.models import Contact, Vendor
from contracts.services.usable import refuse_archived, refuse_unused
from contracts.services.writing import change, save, writing

_CHANGEABLE = frozenset({"name", "role", "email", "phone", "is_escalation"})


def contact_create(
    *,
    vendor: Vendor,
    name: str,
    role: str = "",
    email: str = "",
    phone: str = "",
    is_escalation: bool = False,
) -> Contact:
    """A new contact. Raises ValidationError, also for a name the vendor has already, and for a
    vendor that is archived."""
    contact = Contact(
        vendor=vendor, name=name, role=role, email=email, phone=phone, is_escalation=is_escalation
    )
    with writing():
        refuse_unused(contact, "vendor")
        save(contact)
    return contact


def contact_change(*, contact: Contact, **values: object) -> Contact:
    """Change anything but the vendor. Raises ValidationError, also for one that is archived."""
    refuse_archived(contact)
    with writing():
        change(contact, values, _CHANGEABLE)
    return contact
