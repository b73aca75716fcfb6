import hashlib
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from metrics.models import ReviewPack

pytestmark = pytest.mark.django_db


def test_the_pack_of_a_period_is_written_as_files(world, tmp_path):
    out = StringIO()

    call_command("review", "acme", "--period", "2026-Q1", "--to", str(tmp_path), stdout=out)

    pack = ReviewPack.objects.get()
    written = [Path(line) for line in out.getvalue().splitlines()]
    assert [path.name for path in written] == [
        "acme-2026-Q1-1-shared.pdf",
        "acme-2026-Q1-1-shared.xlsx",
        "acme-2026-Q1-1-internal.pdf",
        "acme-2026-Q1-1-internal.xlsx",
    ]
    assert (
        hashlib.sha256(written[0].read_bytes()).hexdigest()
        == pack.copies.get(audience="shared").pdf_sha256
    )


@pytest.mark.parametrize(
    ("vendor", "period", "said"),
    [
        ("acne", "2026-Q1", "did you mean acme"),
        ("acme", "spring", "is not one"),
        ("acme", "2026-05", "no figures in May 2026"),
    ],
)
def test_what_cannot_be_built_is_said_with_the_way_out(world, tmp_path, vendor, period, said):
    with pytest.raises(CommandError, match=said):
        call_command("review", vendor, "--period", period, "--to", str(tmp_path))

    assert not ReviewPack.objects.exists()


def test_a_directory_that_is_not_there_is_named_before_anything_is_built(world, tmp_path):
    missing = str(tmp_path / "nowhere")

    with pytest.raises(CommandError, match="make it first"):
        call_command("review", "acme", "--period", "2026-Q1", "--to", missing)

    assert not ReviewPack.objects.exists()
