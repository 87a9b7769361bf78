"""Posting costs the same whether a customer has few documents or many.

Counted in steps of SQLite's virtual machine, which are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from clary.companies.contract import Session
from clary.companies.sandbox.session import SandboxSession
from clary.kernel.change import Body, Origin
from tests.companies.sandbox.small import invoice, plain

MANY = 400


@contextmanager
def steps(session: Session) -> Iterator[list[int]]:
    """Count the virtual machine's steps inside."""
    assert isinstance(session, SandboxSession)
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    connection = session._books.connection  # noqa: SLF001 - the one connection there is
    connection.set_progress_handler(count, 1)
    try:
        yield counted
    finally:
        connection.set_progress_handler(None, 1)


def _post(session: Session, number: int) -> None:
    body = invoice(plain("5.00"), number=f"S{number:05d}")
    session.create("sales_invoice", body, Origin("steady", str(number)))


def _pay(session: Session, number: int) -> None:
    body: Body = {
        "reference": f"R{number:05d}",
        "customer_id": "ACME",
        "date": "2026-03-02",
        "cash_account_id": "1020",
        "applications": [{"invoice_number": f"S{number:05d}", "amount": "1.00"}],
    }
    session.create("receipt", body, Origin("steady-receipt", str(number)))


@pytest.mark.parametrize("act", [_post, _pay])
def test_many_documents_make_the_next_no_dearer(
    us: Session, act: Callable[[Session, int], None]
) -> None:
    for number in range(3):
        _post(us, number)
    with steps(us) as few:
        act(us, 0 if act is _pay else MANY)
    with us.group():
        for number in range(3, MANY):
            _post(us, number)
    with steps(us) as many:
        act(us, MANY - 1 if act is _pay else MANY + 1)
    assert 0 < many[0] < few[0] * 1.25 + 100
