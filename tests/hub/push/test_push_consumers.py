"""Where webhooks may go: nothing private, whether asked for by a client or found at delivery."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from clary.hub.installation import Installation
from clary.hub.push.delivering import deliver_to
from clary.hub.push.tables import PUSH_CONSUMER, PUSH_DELIVERY
from clary.hub.services.push_companies import CompanyAsked, create_push_company
from clary.hub.services.push_webhooks import create_consumer, list_consumers, list_deliveries
from clary.kernel.errors import ClaryError

PRIVATE = [
    "https://127.0.0.1/hook",
    "https://localhost/hook",
    "https://[::1]/hook",
    "https://10.1.2.3/hook",
    "https://172.16.0.1/hook",
    "https://192.168.1.1/hook",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/hook",
    "https://0.0.0.0/hook",
    "https://[fe80::1]/hook",
    "https://[fd00::1]/hook",
    "https://[::ffff:10.0.0.1]/hook",
    "https://2130706433/hook",
    "http://192.0.2.1/hook",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("url", PRIVATE)
def test_a_consumer_at_a_private_address_is_refused(url: str, installation: Installation) -> None:
    with pytest.raises(ClaryError) as caught:
        create_consumer(installation, url)
    assert caught.value.code == "WEBHOOK_TARGET_REFUSED"
    assert list_consumers(installation) == []


@pytest.mark.parametrize("url", ["https://127.0.0.1/hook", "https://localhost/hook"])
def test_a_target_that_became_private_is_told_nothing(url: str, installation: Installation) -> None:
    made = create_consumer(installation, "https://93.184.216.34/hook")
    with installation.database.write() as write:
        write.execute(update(PUSH_CONSUMER).values(url=url))
    create_push_company(installation, CompanyAsked("Told"))
    assert deliver_to(installation, made.id) == 1
    [delivery] = list_deliveries(installation, made.id)
    assert delivery.state == "waiting"
    assert delivery.status is None
    assert delivery.reason
    with installation.database.read() as read:
        assert read.execute(select(PUSH_DELIVERY.c.attempts)).scalar_one() == 1
