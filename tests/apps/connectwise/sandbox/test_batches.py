"""Batches: they mark exactly what is named, are read as debits and credits, and undone."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.apps.connectwise.sandbox.caller import Caller, document, record_ids
from tests.sites import Site, connectwise_site

UNPOSTED = "finance/accounting/unpostedinvoices"
BATCHES = "finance/accounting/batches"


def waiting(ask: Caller) -> set[str]:
    return {each["invoiceNumber"] for each in ask.get(UNPOSTED, pageSize=1000)}


def test_a_batch_marks_exactly_the_records_that_it_names(ask: Caller) -> None:
    before = waiting(ask)
    ids = record_ids(ask.export())
    told = ask.batch("2026-I", ids["10001"] + ids["10002"], exportInvoicesFlag=True)
    assert told.status == 201
    assert {each["documentNumber"] for each in told.json["transactions"]} == {"10001", "10002"}
    assert waiting(ask) == before - {"10001", "10002"}
    invoice = ask.get("finance/invoices", conditions='invoiceNumber="10001"')[0]
    assert invoice["glBatch"] == {"id": 1, "name": "2026-I"}
    made = ask.get(BATCHES, conditions='batchIdentifier="2026-i"')
    assert [(b["exportInvoicesFlag"], b["exportExpensesFlag"], b["closedFlag"]) for b in made] == [
        (True, False, False)
    ]


def test_a_document_waits_until_every_record_is_in_a_batch(ask: Caller) -> None:
    ids = record_ids(ask.export())["10002"]
    assert ask.batch("half", ids[:-1]).status == 201
    assert "10002" in waiting(ask)
    again = record_ids(ask.export(exportInvoicesFlag=True))["10002"]
    assert again == ids[-1:]
    assert ask.batch("rest", again).status == 201
    assert "10002" not in waiting(ask)


def test_a_purchase_takes_what_is_owed_for_it_along(ask: Caller, fresh: Site) -> None:
    purchase = record_ids(ask.export())["3-PS-7001-purchase"]
    assert ask.batch("half", purchase[:-1]).status == 201
    entries = ask.get(f"{BATCHES}/1/entries")
    assert {each["accountType"] for each in entries} == {"Purchase"}
    assert ask.batch("rest", purchase[-1:]).status == 201
    owed = [e for e in ask.get(f"{BATCHES}/2/entries") if e["accountType"] == "Accounts Payable"]
    assert len(owed) == 1
    listed = ask.get("finance/accounting/unpostedprocurement", pageSize=1000)
    assert "3-PS-7001-purchase" not in {each["unpostedProductId"] for each in listed}
    with closing(sqlite3.connect(fresh.file)) as file:
        left = file.execute(
            "SELECT count(*) FROM gl WHERE document = 'P' AND document_id = 1 AND batch_id IS NULL"
        ).fetchone()
    assert left == (0,)


def test_adjustments_and_transfers_are_batched_by_their_unposted_ids(ask: Caller) -> None:
    listed = ask.get(
        "finance/accounting/unpostedprocurement", conditions="procurementType != 'Purchase'"
    )
    assert {each["unpostedProductId"] for each in listed} == {
        "1-adjustment",
        "2-adjustment",
        "3-adjustment",
        "1-transfer",
    }
    ids = [each["id"] for each in listed]
    assert ask.batch("stock", ids, exportProductsFlag=True).status == 201
    assert ask.get(f"{BATCHES}/1/entries/count")["count"] > len(ids)
    export = ask.export(exportProductsFlag=True)
    assert (export["adjustmentTransactions"], export["inventoryTransfers"]) == ([], [])


def test_entries_are_debits_and_credits_that_agree(either_changed: Caller) -> None:
    ask = either_changed
    ids = [*itertools.chain.from_iterable(record_ids(ask.export()).values())]
    ids += [
        each["id"]
        for each in ask.get("finance/accounting/unpostedprocurement", pageSize=1000)
        if each["procurementType"] != "Purchase"
    ]
    assert ask.batch("all", ids).status == 201
    entries = ask.get(f"{BATCHES}/1/entries", pageSize=1000)
    assert ask.get(f"{BATCHES}/1/entries/count")["count"] == len(entries)
    assert sum(each["debit"] for each in entries) == sum(each["credit"] for each in entries) > 0
    assert {"invoice", "purchaseOrder", "expense", "adjustmentDetail", "transfer"} <= {
        name for each in entries for name in each
    }
    assert ask.get(f"{BATCHES}/1/entries/{entries[0]['id']}") == entries[0]
    left = ask.export()
    assert not any(
        left[name]
        for name in ("transactions", "expenseBills", "purchaseTransactions", "inventoryTransfers")
    )


@pytest.fixture(params=["us", "uk"])
def either_changed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Caller]:
    with connectwise_site(tmp_path, "--seed", request.param) as served:
        yield Caller(served.url)


def test_a_batch_is_exported_again_as_it_was(ask: Caller) -> None:
    first = ask.export()
    ids = record_ids(first)
    ask.batch("again", ids["10001"] + ids["3-PS-7001-purchase"])
    wanted = {"exportInvoicesFlag": True, "exportProductsFlag": True}
    again = ask.post(f"{BATCHES}/1/export", wanted)
    assert again["transactions"] == [document(first, "10001")]
    assert again["purchaseTransactions"] == [
        each for each in first["purchaseTransactions"] if each["id"] == "3-PS-7001-purchase"
    ]
    assert again["exportSettings"]["GLBatchID"] == "again"
    detailed = ask.post(f"{BATCHES}/1/export", {**wanted, "summarizeInvoices": "Detailed"})
    assert detailed["transactions"][0]["detail"][0]["memo"].startswith("Ticket #")
    assert ask("POST", f"{BATCHES}/9/export", wanted).status == 404
    assert ask("POST", f"{BATCHES}/1/export", {}).status == 400


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"processedRecordIds": []}, 400, "MissingRequiredField"),
        ({"processedRecordIds": None}, 400, "MissingRequiredField"),
        ({"processedRecordIds": [999_999]}, 400, "NotFound"),
        ({"processedRecordIds": [2**40]}, 400, "InvalidType"),
        ({"processedRecordIds": ["1"]}, 400, "InvalidType"),
        ({"processedRecordIds": [1.5]}, 400, "InvalidType"),
        ({"batchIdentifier": ""}, 400, "MissingRequiredField"),
        ({"batchIdentifier": "x" * 51}, 400, "MaxLengthField"),
        ({"batchIdentifier": "TAKEN"}, 400, "ObjectExists"),
        ({"exportInvoicesFlag": False}, 400, "MissingRequiredField"),
        ({"exportInvoicesFlag": False, "exportExpensesFlag": True}, 400, "InvalidKind"),
        ({"processedRecordIds": "batched"}, 409, "ObjectExists"),
        ({"processedRecordIds": "implied"}, 400, "NotFound"),
    ],
)
def test_a_wrong_batch_is_refused_as_a_whole(
    changed: dict[str, object], status: int, code: str, ask: Caller, fresh: Site
) -> None:
    ids = record_ids(ask.export())
    ask.batch("taken", ids["10003"])
    with closing(sqlite3.connect(fresh.file)) as file:
        implied = file.execute("SELECT id FROM gl WHERE role = 'implied'").fetchone()[0]
    stand_ins = {"batched": [*ids["10001"], ids["10003"][0]], "implied": [implied]}
    body = {
        "batchIdentifier": "new",
        "exportInvoicesFlag": True,
        "processedRecordIds": ids["10001"],
        **changed,
    }
    wanted = body["processedRecordIds"]
    body["processedRecordIds"] = stand_ins.get(str(wanted), wanted)
    before = waiting(ask)
    told = ask("POST", BATCHES, body)
    assert (told.status, told.codes) == (status, [code])
    assert waiting(ask) == before
    assert ask.get(f"{BATCHES}/count") == {"count": 1}


def test_the_same_id_twice_counts_once(ask: Caller) -> None:
    ids = record_ids(ask.export())["10001"]
    assert ask.batch("twice", ids + ids).status == 201
    assert ask.get(f"{BATCHES}/1/entries/count")["count"] == len(ids)


def test_of_two_batches_at_once_with_the_same_records_one_is_made(ask: Caller) -> None:
    ids = record_ids(ask.export())["10001"]
    with ThreadPoolExecutor(max_workers=4) as crew:
        told = list(crew.map(lambda number: ask.batch(f"B{number}", ids), range(8)))
    assert sorted(each.status for each in told) == [201] + [409] * 7
    assert ask.get(f"{BATCHES}/count") == {"count": 1}


def test_deleting_a_batch_lets_its_documents_wait_again(ask: Caller) -> None:
    before, export = waiting(ask), ask.export()
    ids = record_ids(export)
    ask.batch("one", ids["10001"] + ids["10002"] + ids["3-PS-7001-purchase"])
    assert ask("DELETE", f"{BATCHES}/1").status == 204
    assert waiting(ask) == before
    assert record_ids(ask.export()) == ids
    invoice = ask.get("finance/invoices", conditions='invoiceNumber="10001"')[0]
    assert "glBatch" not in invoice
    assert invoice["unbatchedBatch"] == {"id": 1, "name": "one"}
    line = ask.get("procurement/purchaseorders/3/lineitems")[0]
    assert (line["batchedFlag"], line["unbatchedRecId"]) == (False, 1)
    assert ask("DELETE", f"{BATCHES}/1").status == 404
    assert ask.batch("one", ids["10001"]).status == 201
    assert ask.get(BATCHES)[0]["id"] == 2


def test_a_closed_batch_is_not_deleted(ask: Caller, fresh: Site) -> None:
    ids = record_ids(ask.export())["10001"]
    ask.batch("shut", ids)
    fresh.act("close-batch", batch="shut")
    assert ask.get(f"{BATCHES}/1")["closedFlag"] is True
    assert ask("DELETE", f"{BATCHES}/1").status == 409
    assert "10001" not in waiting(ask)
    for method in ("PUT", "PATCH"):
        assert ask(method, f"{BATCHES}/1", {"closedFlag": False}).status == 405


def test_one_document_is_taken_out_at_the_sites_own_screen(ask: Caller, fresh: Site) -> None:
    ids = record_ids(ask.export())
    ask.batch("two", ids["10001"] + ids["10002"] + ids["3-PS-7001-purchase"])
    fresh.act("unbatch", invoice="10001")
    assert {"10001"} == waiting(ask) & {"10001", "10002"}
    assert record_ids(ask.export())["10001"] == ids["10001"]
    fresh.act("unbatch", purchase="3-PS-7001-purchase")
    assert record_ids(ask.export())["3-PS-7001-purchase"] == ids["3-PS-7001-purchase"]
    assert ask.get(f"{BATCHES}/1/entries/count")["count"] == len(ids["10002"])
    with pytest.raises(AssertionError, match="404"):
        fresh.act("unbatch", invoice="10001")
    fresh.act("close-batch", batch="two")
    with pytest.raises(AssertionError, match="409"):
        fresh.act("unbatch", invoice="10002")
    with pytest.raises(AssertionError, match="409"):
        fresh.act("delete-batch", batch="two")


def test_the_screen_deletes_a_whole_batch(ask: Caller, fresh: Site) -> None:
    ask.batch("gone", record_ids(ask.export())["10001"])
    fresh.act("delete-batch", batch="gone")
    assert ask.get(BATCHES) == []
    assert "10001" in waiting(ask)
