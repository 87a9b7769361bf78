"""Where messages may go: on the internet, whatever an address is wrapped in."""

from __future__ import annotations

import pytest

from clary.hub import webhooks
from clary.kernel.errors import ClaryError

INSIDE = [
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:1::1",
    "::7f00:1",
    "::808:808",
    "fec0::1",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_goes_inside_by_another_spelling(address: str) -> None:
    with pytest.raises(ClaryError) as caught:
        webhooks.check_target(f"https://[{address}]/hook", private=False)
    assert "inside a private network" in str(caught.value)


@pytest.mark.parametrize("address", ["192.88.99.1", "100.64.0.1", "224.0.0.1", "0.0.0.0"])  # noqa: S104 - told, not bound
def test_nothing_goes_to_what_only_looks_public(address: str) -> None:
    with pytest.raises(ClaryError):
        webhooks.check_target(f"https://{address}/hook", private=False)


@pytest.mark.parametrize(
    "address", ["2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"]
)
def test_what_is_public_stays_so(address: str) -> None:
    found = webhooks.check_target(f"https://[{address}]/hook", private=False)
    assert found in (address, "::ffff:8.8.8.8")
