from typing import Any

from contracts.models.managed import ManagedBy
from contracts.services.processes import process_change, process_create
from metrics.portfolio.items import Item
from metrics.portfolio.reconcile.run import Run
from metrics.portfolio.shapes import ProcessShape


def reconcile_processes(run: Run) -> None:
    """Create processes and change their name, nature and contract."""
    for item in run.portfolio.processes:
        _reconcile(run, item)


def _reconcile(run: Run, item: Item[ProcessShape]) -> None:
    shape = item.shape
    contract = run.contracts.get(shape.contract) if shape.contract else None
    if shape.contract and contract is None:
        return
    values: dict[str, Any] = {"name": shape.name, "nature": shape.nature, "contract": contract}
    process = run.reconcile(
        "processes",
        item,
        run.processes.get(shape.code),
        values,
        create=lambda: process_create(code=shape.code, managed_by=ManagedBy.PORTFOLIO, **values),
        change=lambda process, changed: process_change(process=process, **changed),
    )
    if process:
        run.processes[shape.code] = process
