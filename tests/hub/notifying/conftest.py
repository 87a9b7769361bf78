"""An installation with two companies and a mail server that it uses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clary.hub.installation import Installation
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from tests.hub.notifying.mailbox import Mailbox, mail_server
from tests.hub.notifying.office import use_mail


@pytest.fixture
def firm(installation: Installation) -> Installation:
    """Give an installation with the US companies Alpha and Beta."""
    for name in ("Alpha", "Beta"):
        create_sandbox(installation, NewSandbox(name, "us"))
    return installation


@pytest.fixture
def box(firm: Installation) -> Iterator[Mailbox]:
    """Give the mail server that the installation uses."""
    with mail_server() as running:
        use_mail(firm, running.port)
        yield running
