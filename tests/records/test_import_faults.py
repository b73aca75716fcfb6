import pytest

from contracts.models import Vendor
from contracts.models.managed import ManagedBy
from tests.factories import NOW, a_contract
from tests.records.importing import AC9, CONTRACT, faults, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_here")]


WRONG = [
    ("vendors", "Code,Name\nn w,x\n", (2, "Code", "n w", "is not a code")),
    ("vendors", "Code,Name\n,x\n", (2, "Code", "", "is empty")),
    ("vendors", "Code,Name\na,x\na,y\n", (3, "Code", "a", "stands twice")),
    ("vendors", "Code,Name\na,x,extra\nb,y\n", (2, "", "a,x,extra", "3 fields where")),
    ("vendors", "Code,Name,Tier\na,x,huge\n", (2, "Tier", "huge", "is none of the choices")),
    ("vendors", f"Code,Name\na,{'x' * 201}\n", (2, "Name", "x" * 80, "is refused")),
    ("vendors", "Code,Name\ngone,x\n", (2, "Code", "Gone", "is archived")),
    ("vendors", "Code,Name\nfiles,x\n", (2, "Code", "Files", "is managed by portfolio files")),
    ("charges", "Contract,First day,Last day,Amount\nFI-1,2026-01-01,2026-01-31,1\n",
     (2, "First day", "FI-1 2026-01-01", "is managed by portfolio files")),
    ("vendors", "Code,Name,Nmae\na,x,y\n", (0, "Nmae", "", "is no column here")),
    ("vendors", "Code\na\n", (0, "Name", "", "is missing")),
    ("vendors", "Code,code,Name\na,b,x\n", (0, "code", "", "stands twice")),
    ("contracts", f"{CONTRACT}\n{AC9.replace('acme', 'acne')}\n", (2, "Vendor", "acne", "is no")),
    ("contracts", f"{CONTRACT}\n{AC9.replace('eur', 'euro')}\n", (2, "Currency", "euro", "is not")),
    ("contracts", f"{CONTRACT}\n{AC9.replace('Dublin', 'X')}\n", (2, "Time zone", "Europe/X", "is")),
    ("contracts", f"{CONTRACT}\n{AC9.replace('-01-01', '-02-30')}\n",
     (2, "First day", "2026-02-30", "is not a day")),
    ("contracts", f"{CONTRACT},Last day\n{AC9},2025-01-01\n",
     (2, "Last day", "2025-01-01", "lies before the first day")),
    ("contracts", f"{CONTRACT},Renewal,Last day\n{AC9},auto,2026-12-31\n",
     (2, "Renewal months", "", "is missing for one that renews")),
    (
        "contracts",
        f"{CONTRACT},Notice,Notice unit\n{AC9},1001,months\n",
        (2, "Notice", "1001", "cannot be meant"),
    ),
    ("contracts", f"{CONTRACT},Notice\n{AC9},3\n", (2, "Notice unit", "", "does not go with")),
    ("contracts", f"{CONTRACT},Stands under\n{AC9},BO-1\n",
     (2, "Stands under", "BO-1", "is a contract with another vendor")),
    ("contracts", f"{CONTRACT}\n{AC9.replace('AC-9', 'BO-1')}\n",
     (2, "Vendor", "Acme Analytics", "differs, and it does not change")),
    ("contacts", "Vendor,Name\nacme,Ada\n", (2, "E-mail", "", "is missing, as is the telephone")),
    ("contacts", "Vendor,Name,E-mail\nacme,Ada,ada\n", (2, "E-mail", "ada", "is refused")),
    ("contacts", "Vendor,Name,Telephone,Escalation\nacme,Ada,1,perhaps\n",
     (2, "Escalation", "perhaps", "is neither yes nor no")),
    ("charges", "Contract,First day,Last day,Amount\nBO-1,2026-01-01,2026-01-31,1.005\n",
     (2, "Amount", "1.005", "has more decimals than EUR, which has 2")),
    ("charges", "Contract,First day,Last day,Amount\nBO-1,2026-01-01,2026-01-31,\"1,5\"\n",
     (2, "Amount", "1,5", "is not an amount")),
    ("charges", "Contract,First day,Last day,Amount\nBO-1,2026-01-01,2026-01-31,NaN\n",
     (2, "Amount", "NaN", "is not an amount")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "content", "expected"), WRONG)
def test_a_fault_names_line_column_value_rule_and_way_out(
    procurement, acme, bolt, kind, content, expected
):
    Vendor.objects.create(code="gone", name="Gone", archived_at=NOW)
    Vendor.objects.create(code="files", name="Files", managed_by=ManagedBy.PORTFOLIO)
    a_contract(bolt, "BO-1")
    a_contract(bolt, "FI-1", managed_by=ManagedBy.PORTFOLIO)

    (found,) = faults(sent(procurement, content, kind))

    line, column, value, rule = expected
    assert found[:3] == (line, column, value)
    assert found[3].startswith(rule)
    assert found[4]


HOSTILE = [
    (b"\xff\xfe\x00\x00", "", "rows.csv"),
    (b"Code,Name\na,caf\xe9\n", "", "rows.csv"),
    (b'Code,Name\na,"open\n', "is not closed", "rows.csv"),
    (b"<!doctype html><p>Sign in", "", "rows.csv"),
    (b"PK\x03\x04 not a zip", "not a readable workbook", "rows.xlsx"),
    (b"\xd0\xcf\x11\xe0old", "", "rows.xls"),
    (b"Code,Name\r\na,b\rc\n", "", "rows.csv"),
]


@pytest.mark.parametrize(("content", "said", "name"), HOSTILE)
def test_a_file_that_cannot_be_read_is_refused_whole(procurement, content, said, name):
    preview = sent(procurement, content, name=name)

    (fault,) = [fault for fault in preview.context["plan"].faults if not fault.column]
    assert said in fault.rule
    assert procurement.post(preview.wsgi_request.path).status_code == 409
    assert not Vendor.objects.exists()
