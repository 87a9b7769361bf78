"""Books that work tax out themselves: what a policy decides, before anything is posted.

A sandbox company is reached as programs reach Sage's own interface, which has the tax of a
document as something to read; its rates are not those that ConnectWise billed by.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from clary.cli.show_batch import show_verified
from clary.flows.batch.verified import VerifyReport
from clary.hub.services import apps
from clary.hub.services.applying import Applying
from clary.hub.services.batch_running import Ended, run_a_batch
from clary.hub.services.batch_verifying import verify_a_batch
from clary.hub.services.connecting import change_company
from clary.hub.services.stated import Asked
from clary.kernel.change import Body
from clary.kernel.exit_codes import ExitCode
from clary.kernel.money import money_text
from tests.hub.batch.office import APP, COMPANY, Office, office

NUMBER = "10002"
ONE = frozenset({NUMBER})


@pytest.fixture(params=["us", "uk"])
def books(
    request: pytest.FixtureRequest, us_prepared: Path, uk_prepared: Path, tmp_path: Path
) -> Iterator[Office]:
    """Give an office of either edition whose books work tax out, by rates of their own."""
    prepared = us_prepared if request.param == "us" else uk_prepared
    with office(prepared, tmp_path / "office") as ready:
        change_company(ready.installation, COMPANY, Asked([("tax", "computed")]))
        _raise_rates(ready)
        yield ready


def _raise_rates(ready: Office) -> None:
    [code] = [e for e in ready.read("tax_code", live=False) if e["id"] in ("CA", "T1")]
    agencies = code.get("agencies")
    if isinstance(agencies, list):
        first, *others = [dict(each) for each in agencies if isinstance(each, dict)]
        ready.change("tax_code", str(code["id"]), agencies=[{**first, "rate": "6.5"}, *others])
    else:
        ready.change("tax_code", str(code["id"]), rate="21")


def decide(ready: Office, **settings: str) -> None:
    apps.change_app(ready.installation, APP, Asked([*settings.items()]))


def verified(ready: Office, number: str = "T") -> VerifyReport:
    return verify_a_batch(ready.installation, APP, COMPANY, number)


def tax_codes(ready: Office) -> dict[str, str]:
    """Return what was found about the tax of the invoice, by code with the message."""
    planned = ready.plan("T", include=ONE)
    found = ready.findings(planned)
    return {
        each.code: each.message for each in found if "TAX_" in each.code or "ROUND" in each.code
    }


def the_invoice(ready: Office) -> Body:
    [posted] = ready.posted("sales_invoice", NUMBER)
    return posted


def stated_total(ready: Office) -> str:
    [row] = ready.at_site("SELECT total FROM invoice WHERE number = ?", NUMBER)
    return f"{row[0] / 100:.2f}"


def test_it_is_refused_unless_a_policy_says_otherwise(books: Office) -> None:
    assert "the books work out" in tax_codes(books)["BATCH_TAX_REFUSED"]
    assert books.run("T", include=ONE).ended is Ended.FAILED
    assert books.posted("sales_invoice", NUMBER) == []


def test_it_is_accepted_up_to_a_limit(books: Office) -> None:
    decide(books, tax_policy="accept", tax_limit="1")
    assert [*tax_codes(books)] == ["BATCH_TAX_REFUSED"]
    decide(books, tax_limit="500")
    assert [*tax_codes(books)] == ["BATCH_TAX_ACCEPTED"]
    assert books.run("T", include=ONE).ended is Ended.COMPLETED
    posted = the_invoice(books)
    assert posted["total"] != stated_total(books)
    assert float(str(posted["total"])) > float(stated_total(books))


def test_it_is_adjusted_on_an_account_that_the_books_have(books: Office) -> None:
    decide(books, tax_policy="adjust")
    assert {*tax_codes(books)} >= {
        "BATCH_ROUNDING_ACCOUNT_MISSING",
        "BATCH_ROUNDING_ACCOUNT_UNKNOWN",
    }
    decide(books, rounding_account="88888")
    assert "88888" in tax_codes(books)["BATCH_ROUNDING_ACCOUNT_UNKNOWN"]
    assert books.run("T", include=ONE).ended is Ended.FAILED
    account = "40300" if books.company.info().edition == "us" else "8200"
    decide(books, rounding_account=account)
    assert [*tax_codes(books)] == ["BATCH_TAX_ADJUSTED"]
    assert books.run("T", include=ONE).ended is Ended.COMPLETED
    posted = the_invoice(books)
    lines = posted["lines"]
    assert isinstance(lines, list)
    adjusting = lines[-1]
    assert isinstance(adjusting, dict)
    assert adjusting["account_id"] == account
    assert str(adjusting["amount"]).startswith("-")
    assert posted["total"] == stated_total(books)
    report = verified(books)
    assert report.ok, report.as_body()
    moved = str(adjusting["amount"]).removeprefix("-")
    assert list(report.notes) == [f"{moved} of tax posted to {account} by tax_policy (1 document)"]
    assert money_text(report.accounts[account].tax_policy) == moved


class TestVerifying:
    """What the policy moved is no difference, and whatever else differs is one."""

    def test_an_accepted_difference(self, books: Office) -> None:
        decide(books, tax_policy="accept", tax_limit="500")
        planned = books.plan("T", include=ONE)
        done = run_a_batch(books.installation, planned.plan.plan.id, Applying())
        assert (done.ended, done.exit_status) == (Ended.COMPLETED, ExitCode.OK)
        [report] = done.verified
        [listed] = [each for each in report.lists if each.count and each.connectwise]
        more = money_text(listed.sage - listed.connectwise)
        assert listed.ok
        assert more != "0.00"
        assert list(report.notes) == [f"{more} of tax accepted by tax_policy (1 document)"]
        out = Console(width=160, record=True, file=StringIO())
        show_verified(out, report)
        shown = out.export_text()
        assert f"note  {more} of tax accepted by tax_policy (1 document)" in shown
        assert "All of it agrees" in shown
        assert more in shown.partition("By account")[2]

    @pytest.mark.parametrize("policy", ["adjust", "accept"])
    def test_credit_memos_among_invoices(self, books: Office, policy: str) -> None:
        account = "40300" if books.company.info().edition == "us" else "8200"
        decide(books, tax_policy=policy, tax_limit="500", rounding_account=account)
        [(company,)] = books.at_site(
            "SELECT c.accountNumber FROM company c JOIN invoice i ON i.bill_to_id = c.id "
            "WHERE i.number = ?",
            NUMBER,
        )
        lines = [
            {"price": 33.33, "taxable": True},
            {"price": 17.5},
            {"price": 8.8, "taxable": True},
        ]
        numbers = {
            str(books.site.act("add-invoice", company=company, lines=lines, **more)["number"])
            for more in ({}, {"type": "CreditMemo"}, {"type": "CreditMemo"})
        }
        planned = books.plan("T", include=frozenset({NUMBER, *numbers}))
        warned = [e.code for e in books.findings(planned) if e.code.startswith("BATCH_TAX_A")]
        assert len(warned) == 4
        done = run_a_batch(books.installation, planned.plan.plan.id, Applying())
        [report] = done.verified
        assert report.ok, report.as_body()
        assert done.exit_status is ExitCode.OK
        [note] = report.notes
        assert note.endswith("by tax_policy (4 documents)")

    @pytest.mark.parametrize("policy", ["adjust", "accept"])
    def test_what_the_books_moved_otherwise(self, us: Office, policy: str) -> None:
        change_company(us.installation, COMPANY, Asked([("tax", "computed")]))
        _raise_rates(us)
        decide(us, tax_policy=policy, tax_limit="500", rounding_account="40300")
        us.run("T", include=ONE)
        posted = the_invoice(us)
        lines = posted["lines"]
        assert isinstance(lines, list)
        last = lines[-1]
        assert isinstance(last, dict)
        changed = [*lines[:-1], {**last, "amount": "-0.02", "unit_price": None}]
        us.change("sales_invoice", str(posted["transaction_number"]), lines=changed)
        report = verified(us)
        assert not report.ok
        assert not report.accounts["11000"].ok
        assert [each.number for listed in report.lists for each in listed.bad] == [NUMBER]

    def test_in_a_foreign_currency(self, uk: Office) -> None:
        change_company(uk.installation, COMPANY, Asked([("tax", "computed")]))
        _raise_rates(uk)
        lines = [
            {"price": 33.33, "taxable": True},
            {"price": 0.05},
            {"price": 12.17, "taxable": True},
        ]
        numbers = frozenset(
            str(
                uk.site.act("add-invoice", company="RHEINTEC", currency=2, lines=lines, **more)[
                    "number"
                ]
            )
            for more in ({}, {"type": "CreditMemo"})
        )
        for number, policy in zip(sorted(numbers), ("adjust", "accept"), strict=True):
            decide(uk, tax_policy=policy, tax_limit="500", rounding_account="8200")
            uk.run(number, include=frozenset({number}))
            report = verified(uk, number)
            assert report.ok, report.as_body()
            assert len(report.notes) == 1
            assert {each.currency for each in report.lists} == {"EUR"}


def test_a_rounding_account_is_looked_at_where_no_document_needs_it(us: Office) -> None:
    decide(us, tax_policy="adjust", rounding_account="88888")
    [warning] = [e for e in us.findings(us.plan("T", include=ONE)) if "ROUNDING" in e.code]
    assert "clary app set psa --set rounding_account=" in warning.remedy
    assert us.run("T", include=ONE).ended is Ended.COMPLETED


def test_books_that_take_tax_say_that_the_policy_decides_nothing(us: Office) -> None:
    _raise_rates(us)
    [kept] = [e for e in us.findings(us.plan("T", include=ONE)) if "TAX_" in e.code]
    assert kept.code == "BATCH_TAX_KEPT"
    assert "tax_policy has nothing to decide" in kept.remedy
    assert us.run("T", include=ONE).ended is Ended.COMPLETED
    assert the_invoice(us)["total"] == stated_total(us)
