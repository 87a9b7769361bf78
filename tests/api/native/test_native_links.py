"""Messages link to what the API answers."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from clary.api.native.finding import Finder, Found
from clary.api.native.table import ROUTES
from clary.hub.happenings import Kind
from clary.hub.installation import Installation
from clary.hub.notifying.describing import Happened, Speaker
from clary.kernel.settings import read

HERE = "https://clary.example.com"
FACTS = {"run": "run_1", "plan": "plan_1", "schedule": "nightly", "state": "failed"}


@pytest.fixture
def speaker(tmp_path: object) -> Speaker:
    with Installation(read({"CLARY_HOME": str(tmp_path), "CLARY_SECRETS": "file"})) as made:
        return Speaker(made.database, HERE, "UTC", {})


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("many", [1, 2])
def test_a_link_leads_to_a_route(speaker: Speaker, kind: Kind, many: int) -> None:
    moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    happened = [Happened(kind, "Alpha", moment, FACTS) for _ in range(many)]
    sections, _ = speaker.sections(happened)
    assert sections
    for section in sections:
        parts = urlsplit(section.link)
        assert section.link.startswith(f"{HERE}/api/v1/")
        found = Finder(ROUTES).find("GET", parts.path.removeprefix("/api/v1"))
        assert isinstance(found, Found), section.link
        assert not parts.query or parts.query == "company=Alpha"
