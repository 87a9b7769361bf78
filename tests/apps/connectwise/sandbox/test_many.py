"""Ten thousand invoices: listed, exported by the thousand and batched as one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.apps.connectwise.sandbox.caller import Caller, record_ids
from tests.sites import Site, connectwise_site

COUNT = 10_000
UNPOSTED = "finance/accounting/unpostedinvoices"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with connectwise_site(tmp_path_factory.mktemp("large"), "--invoices", str(COUNT)) as served:
        yield served


def test_they_are_listed_exported_and_batched(large: Site) -> None:
    ask = Caller(large.url)
    assert ask.get(f"{UNPOSTED}/count", conditions="billingLogId > 39040")["count"] == COUNT
    page = ask.get(UNPOSTED, page=10, pageSize=1000)
    ids = [each["billingLogId"] for each in page]
    export = ask.export(exportInvoicesFlag=True, includedInvoiceIds=ids)
    assert [each["id"] for each in export["transactions"]] == ids
    whole = ask.export(exportInvoicesFlag=True)
    assert len(whole["transactions"]) >= COUNT
    records = [row for rows in record_ids(whole).values() for row in rows]
    assert len(records) == len(set(records)) > 3 * COUNT
    made = ask.batch("all", records)
    assert made.status == 201
    assert made.json["transactions"] == []
    assert ask.get("finance/accounting/batches/1/entries/count")["count"] == len(records)
    left = ask.get(UNPOSTED, pageSize=1000)
    assert {each["invoiceNumber"] for each in left} == {"T1001", "T1003"}
    again = {"exportInvoicesFlag": True, "includedInvoiceIds": ids[:5]}
    told = ask.post("finance/accounting/batches/1/export", again)["transactions"]
    assert [each["id"] for each in told] == ids[:5]
    assert ask("DELETE", "finance/accounting/batches/1").status == 204
    assert ask.get(f"{UNPOSTED}/count", conditions="billingLogId > 39040")["count"] == COUNT


def test_they_are_of_several_kinds_and_lie_at_both_offices(large: Site) -> None:
    ask = Caller(large.url)
    for kind in ("Standard", "Agreement", "Miscellaneous", "DownPayment", "CreditMemo"):
        for place in (1, 2):
            conditions = f"invoiceType='{kind}' and locationId={place} and billingLogId > 39040"
            assert ask.get(f"{UNPOSTED}/count", conditions=conditions)["count"] > COUNT // 250


def test_other_documents_come_along_in_proportion(large: Site) -> None:
    ask = Caller(large.url)
    expenses = ask.get("finance/accounting/unpostedexpenses/count")["count"]
    assert expenses > COUNT // 10
    for kind in ("Purchase", "Adjustment"):
        conditions = f"procurementType='{kind}'"
        path = "finance/accounting/unpostedprocurement/count"
        assert ask.get(path, conditions=conditions)["count"] > COUNT // 20
