"""The examples of docs/api.md work as they are printed, against the example portfolio."""

import json
import os
import re
import shutil
import subprocess
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from contracts.models import Vendor
from contracts.services.apikeys import apikey_create
from metrics.evaluation.work import work_all
from metrics.models import Delivery, Kpi
from tests.factories import a_case, a_figure
from tests.services import ROOT

GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
ROWS = re.search(r"<<END\n(.*?)END\n", GUIDE, re.DOTALL)
CALLS = [line for block in BLOCKS for line in block.splitlines() if line.startswith("curl")]
PLANNING = next(line for line in CALLS if line.endswith("/portfolio/plan"))
MARCH = date(2026, 3, 1)
EXPECTED = {
    '{"code": "lumen-answered"': "201",
    "service-levels?dry_run=true": "200",
    "lumen-answered/service-levels\n": "201",
    "$KPO/contacts": "201",
    '\'{"body"': "201",
    '\'{"role"': "201",
    '\'{"code": "quill"': "201",
    "-X DELETE": "204",
    "vendr": "400",
    "/deliveries\n": "202",
    "filename=rows.csv": "202",
    "dry_run=true": "207",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_every_call_in_the_guide_is_answered_as_it_says(live_server: Any, tmp_path: Any) -> None:
    call_command("apply", str(ROOT / "examples" / "portfolio"), stdout=StringIO())
    lumen = Vendor.objects.get(code="lumen")
    error_rate = Kpi.objects.get(code="lumen-error-rate")
    environment = os.environ | {
        "KEY": apikey_create(name="BI", scopes=["read"]).secret,
        "MANAGE": apikey_create(name="sourcing", scopes=["read", "manage"]).secret,
        "DELIVER": apikey_create(name="job", scopes=["ingest"], vendor=lumen).secret,
        "KPO": f"{live_server.url}/api/v1",
        "CASE": str(a_case(a_figure(error_rate, MARCH, "3", "BELOW_MINIMUM")).pk),
    }
    assert ROWS is not None
    (tmp_path / "rows.csv").write_text(ROWS[1])

    def answer_to(call: str) -> tuple[str, str]:
        done = subprocess.run(
            ["bash", "-c", call + " -s -w '\\n%{http_code}'"],
            env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=True,
        )  # fmt: skip
        body, _, status = done.stdout.rpartition("\n")
        return body, status

    assert len(CALLS) >= 14
    for call in CALLS:
        if delivery := Delivery.objects.first():
            environment["STATUS"] = f"{live_server.url}/api/v1/deliveries/{delivery.pk}"
        if "$PLAN" in call:
            environment["PLAN"] = json.loads(answer_to(PLANNING)[0])["digest"]
        expected = next((code for part, code in EXPECTED.items() if part in call + "\n"), "200")
        assert answer_to(call)[1] == expected, call
    work_all(as_of=datetime(2026, 5, 1, tzinfo=UTC))
    body = json.loads(answer_to('curl -H "X-Api-Key: $DELIVER" "$STATUS"')[0])
    assert body["status"] == "done", body["rejection"]
    assert (body["counts"]["accepted"], body["counts"]["quarantined"]) == (1, 1)
