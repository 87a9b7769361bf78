"""Five thousand documents of every kind: site, books, report and hledger agree to the penny."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import httpx
import pytest

from clary.flows.batch.register import Standing
from clary.flows.batch.verified import AccountChecked, VerifyReport
from clary.hub.installation import Installation
from clary.hub.services.batch_running import Ended
from clary.hub.services.batch_verifying import verify_a_batch
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.kernel.money import to_minor
from clary.kernel.settings import read
from clary.ledger.journal_text import Title
from tests.hub.batch.office import APP, COMPANY, Office, connect_app
from tests.judge import judge
from tests.sites import connectwise_site

INVOICES = 3450
"""Together with what comes along with them they are five thousand documents."""

NUMBER = "ALL"
RECEIVABLE = "11000"


@dataclass(frozen=True, slots=True)
class Posted:
    """A site and books after one batch of everything.

    Attributes:
        moved: what the batch moved each account of the books by, in minor units.
        entries: the debits less the credits of ConnectWise's batch by account.
    """

    office: Office
    report: VerifyReport
    moved: Mapping[str, int]
    entries: Mapping[str, int]


@pytest.fixture(scope="module")
def posted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Posted]:
    folder = tmp_path_factory.mktemp("totals")
    stated = read({"CLARY_HOME": str(folder / "home"), "CLARY_SECRETS": "file"})
    with (
        connectwise_site(folder, "--invoices", str(INVOICES)) as site,
        Installation(stated, actor="Ada Lovelace") as installation,
    ):
        create_sandbox(installation, NewSandbox(COMPANY, "us", seed="demo"))
        connect_app(installation, site)
        office = Office(installation, site, folder)
        before = balances(office)
        # The gaps of the seeded site are not what this is about: they stay behind.
        assert office.run(NUMBER, good_only=True).ended is Ended.WITH_ERRORS
        moved = {name: sum_ - before[name] for name, sum_ in balances(office).items()}
        report = verify_a_batch(installation, APP, COMPANY, NUMBER)
        yield Posted(office, report, moved, entries(office))


def balances(office: Office) -> Counter[str]:
    with office.company.session() as session:
        return Counter({each.id: each.balance for each in session.trial_balance(None)})


def entries(office: Office) -> Counter[str]:
    """Return the debits less the credits of the batch by account, from ConnectWise's own list."""
    [(batch,)] = office.at_site("SELECT id FROM batch WHERE identifier = ?", NUMBER)
    sums: Counter[str] = Counter()
    address = f"{office.site.url}/v4_6_release/apis/3.0/finance/accounting/batches/{batch}/entries"
    headers = {"clientId": "tests"}
    with httpx.Client(auth=("demo+public", "private"), headers=headers, timeout=60) as client:
        page = 1
        while listed := client.get(address, params={"pageSize": 1000, "page": page}).json():
            for each in listed:
                net = Decimal(str(each.get("debit") or 0)) - Decimal(str(each.get("credit") or 0))
                sums[each["accountNumber"]] += to_minor(net)
            page += 1
    return sums


def told(report: VerifyReport, what: str) -> dict[str, int]:
    """Return what a report says that each account was moved by, costs included."""

    def of(account: AccountChecked) -> int:
        return int(getattr(account, what)) + int(getattr(account, f"{what}_costs"))

    return without_zeros({name: of(account) for name, account in report.accounts.items()})


def without_zeros(sums: Mapping[str, int]) -> dict[str, int]:
    return {name: amount for name, amount in sums.items() if amount}


def test_every_kind_is_posted_and_marked_to_the_last_row(posted: Posted) -> None:
    office = posted.office
    documents = list(office.documents(NUMBER).values())
    kinds = Counter(each.kind.value for each in documents if each.state is Standing.POSTED)
    assert sum(kinds.values()) >= 5_000
    assert min(kinds.values()) > 100
    assert len(kinds) == 6
    types = office.at_site(
        "SELECT DISTINCT i.type FROM invoice i JOIN gl g ON g.document = 'I' "
        "AND g.document_id = i.id WHERE g.batch_id IS NOT NULL"
    )
    assert {name for (name,) in types} == {
        *("Standard", "Agreement", "Miscellaneous", "DownPayment", "CreditMemo"),
    }
    assert office.half_batched() == []


def test_the_report_says_that_all_agrees(posted: Posted) -> None:
    report = posted.report
    assert report.ok, report.as_body()
    assert {each.title for each in report.lists} >= {
        *("Invoices", "Credit memos", "Expense bills", "Bills", "Item receipts"),
        "Inventory adjustments",
    }
    assert [each.title for each in report.lists if each.connectwise != each.sage] == []


def test_the_trial_balance_moved_by_what_the_report_says(posted: Posted) -> None:
    assert without_zeros(posted.moved) == told(posted.report, "sage")
    assert sum(posted.moved.values()) == 0


def test_the_entries_of_the_batch_are_what_the_report_says(posted: Posted) -> None:
    assert without_zeros(posted.entries) == told(posted.report, "connectwise")


def test_sage_and_connectwise_agree_account_by_account(posted: Posted) -> None:
    """Costs apart, which Sage works out itself, they differ nowhere."""
    stated, accounts = posted.entries, posted.report.accounts
    costs = {name: (each.sage_costs, each.connectwise_costs) for name, each in accounts.items()}
    differing = {
        name: (posted.moved.get(name, 0), stated.get(name, 0))
        for name in {*stated, *without_zeros(posted.moved)}
        if posted.moved.get(name, 0) - costs[name][0] != stated.get(name, 0) - costs[name][1]
    }
    assert differing == {}
    untouched = [name for name, (sage, theirs) in costs.items() if not sage and not theirs]
    assert len(untouched) >= 10


def test_receivables_moved_by_the_totals_of_the_invoices(posted: Posted) -> None:
    [(total,)] = posted.office.at_site(
        "SELECT sum(total) FROM invoice WHERE id IN "
        "(SELECT document_id FROM gl WHERE document = 'I' AND batch_id IS NOT NULL)"
    )
    assert posted.moved[RECEIVABLE] == total


def test_hledger_agrees(posted: Posted, hledger: str) -> None:
    company = posted.office.company
    info = company.info()
    with company.session() as session:
        found, stated = judge(hledger, session, Title(info.name, info.edition, info.currency))
    assert found == stated
