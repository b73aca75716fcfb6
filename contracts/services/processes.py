from contracts.models import Contract, Process
from contracts.models.managed import ManagedBy
from contracts.services.usable import refuse_unused
from contracts.services.writing import assign, save, writing

_CHANGEABLE = frozenset({"name", "nature", "contract", "archived_at"})


def process_create(
    *,
    code: str,
    name: str,
    nature: str,
    contract: Contract | None = None,
    managed_by: str = ManagedBy.PERSON,
) -> Process:
    """A new process. Raises ValidationError, also for a code that is taken."""
    process = Process(code=code, name=name, nature=nature, contract=contract, managed_by=managed_by)
    with writing():
        refuse_unused(process, "contract")
        save(process)
    return process


def process_change(*, process: Process, **values: object) -> Process:
    """Change name, nature, contract or archived_at. Raises ValidationError."""
    before = process.contract_id
    with writing():
        assign(process, values, _CHANGEABLE)
        if process.contract_id != before:
            refuse_unused(process, "contract")
        save(process)
    return process
