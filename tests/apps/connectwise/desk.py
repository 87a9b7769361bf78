"""A sandbox site, the engine that writes to it, and what tests look at on both sides."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx

from clary.apps.connectwise.client import Client
from clary.apps.connectwise.conditions import equal
from clary.apps.connectwise.resources import Accounting, ExportRequest
from clary.apps.connectwise.settings import Settings
from clary.apps.connectwise.shapes import AccountingBatch, UnpostedInvoice
from clary.apps.connectwise.target import ConnectwiseTarget
from clary.engine.executor import ApplyOptions
from clary.engine.journal import JournalEntry
from clary.kernel.change import Action, Body, Change, JsonValue, Origin
from tests.engine.workshop import Workshop
from tests.sites import Site

_numbers = itertools.count(1)


def settings_of(site: Site, **stated: str) -> Settings:
    """Return settings that lead to a sandbox site."""
    given = {
        "site": site.url,
        "company": "demo",
        "client_id": "tests",
        "public_key": "public",
        "private_key": "private",
    }
    return Settings.of({**given, **stated})


class Desk:
    """A site, a target on it, and an engine whose plans change it under the name `cw`."""

    def __init__(self, site: Site, workshop: Workshop, client: Client) -> None:
        self.site = site
        self.workshop = workshop
        self.accounting = Accounting(client)
        self.target = ConnectwiseTarget(self.accounting, client.settings.identity)
        workshop.targets["cw"] = self.target
        self._waiting: Iterator[UnpostedInvoice] = iter(())

    def invoices(self, count: int = 1) -> list[UnpostedInvoice]:
        """Return the first invoices that wait."""
        return list(itertools.islice(self.accounting.unposted_invoices(), count))

    def entries_of(self, *invoices: UnpostedInvoice) -> list[int]:
        """Return the ids of all GL rows of invoices, sorted."""
        ids = [invoice.billing_log_id or 0 for invoice in invoices]
        export = self.accounting.export(ExportRequest(["invoices"], invoices=ids))
        found: set[int] = set()
        for document in export.transactions or ():
            found |= {int(each) for each in (document.gl_entry_ids or "").split(",") if each}
            found |= {line.id for line in document.detail or () if line.id is not None}
        assert found
        return sorted(found)

    def waits(self, invoice: UnpostedInvoice) -> bool:
        """Tell whether an invoice waits to be posted."""
        condition = equal("invoiceNumber", invoice.invoice_number)
        return any(True for _ in self.accounting.unposted_invoices(condition))

    def batches(self, identifier: str) -> list[AccountingBatch]:
        return list(self.accounting.batches(equal("batchIdentifier", identifier)))

    def fault(self, kind: str, **stated: object) -> None:
        """Let the site misbehave at the next requests."""
        answer = httpx.post(f"{self.site.url}/sandbox/faults", json={"kind": kind, **stated})
        assert answer.status_code == 201, answer.text

    def apply(self, *changes: Change, retries: int = 3) -> JournalEntry:
        """Apply changes as one plan and return how the last one ended."""
        run = self.workshop.apply(*changes, options=ApplyOptions(retries=retries))
        return self.workshop.results(run.id)[-1]


@contextmanager
def desk(site: Site, folder: Path, **stated: str) -> Iterator[Desk]:
    """Open a desk at a site, with an installation of its own in `folder`."""
    folder.mkdir(exist_ok=True)
    settings = replace(settings_of(site, **stated), patience=5)
    with (
        Workshop(folder) as workshop,
        Client(settings, clock=workshop.clock, pause=lambda _: None) as client,
    ):
        workshop.database.migrate()
        yield Desk(site, workshop, client)


def new_name() -> str:
    """Return a name for a batch that no other test uses."""
    return f"20260131-{next(_numbers)}-I"


def batch(identifier: str, record_ids: JsonValue, **stated: object) -> Change:
    """Return a change that makes a batch of invoices."""
    after: Body = {"identifier": identifier, "kinds": ["invoices"], "record_ids": record_ids}
    given = Change(
        number=1,
        system="cw",
        action=Action.CREATE,
        record_type="accounting_batch",
        after=after,
        origin=Origin("batch", identifier),
    )
    return replace(given, **stated)  # type: ignore[arg-type]  # tests state what they need


def unmake(identifier: str, before: Body | None) -> Change:
    """Return a change that deletes a batch."""
    return Change(1, "cw", Action.DELETE, "accounting_batch", key=identifier, before=before)


def payment(
    invoice: int,
    amount: str,
    day: str | None = "2026-02-15",
    receipt: str = "1",
    **more: JsonValue,
) -> Change:
    """Return a change that adds a payment to an invoice; `receipt` is where it comes from."""
    after: Body = {"invoice_id": invoice, "amount": amount, "date": day, **more}
    origin = Origin("receipts", f"{invoice}-{receipt}")
    return Change(1, "cw", Action.CREATE, "invoice_payment", after=after, origin=origin)


def payment_change(action: Action, key: str, before: Body, after: Body | None = None) -> Change:
    """Return a change of a payment that is there."""
    return Change(1, "cw", action, "invoice_payment", key=key, before=before, after=after)
