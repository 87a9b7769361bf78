"""A port is taken once, and a port that cannot be had is told with its reason."""

from __future__ import annotations

import socket

import pytest

from clary.kernel.errors import Misconfigured, declare
from clary.kernel.listening import LOOPBACK, listen, url_of

TAKEN = declare("TEST_PORT_TAKEN", Misconfigured, "No {host}:{port}: {reason}.", "Take another.")


def test_a_free_port_is_part_of_the_url() -> None:
    with listen(LOOPBACK, 0, TAKEN) as listener:
        port = listener.getsockname()[1]
        assert port
        assert url_of(LOOPBACK, listener) == f"http://127.0.0.1:{port}"


def test_an_address_with_colons_is_put_in_brackets() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with listen("::1", 0, TAKEN) as listener:
        assert listener.family is socket.AF_INET6
        assert url_of("::1", listener) == f"http://[::1]:{listener.getsockname()[1]}"


def test_a_port_that_another_listens_on_cannot_be_had() -> None:
    with listen(LOOPBACK, 0, TAKEN) as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(Misconfigured, match=f"No 127.0.0.1:{port}: Address already in use"):
            listen(LOOPBACK, port, TAKEN)


@pytest.mark.parametrize(("host", "port"), [(LOOPBACK, 70_000), ("203.0.113.1", 0)])
def test_what_is_no_address_has_a_reason(host: str, port: int) -> None:
    with pytest.raises(Misconfigured) as caught:
        listen(host, port, TAKEN)
    assert caught.value.code == TAKEN.name
    assert not caught.value.findings[0].message.endswith(": .")
