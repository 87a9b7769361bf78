"""Bad input of a batch is told as what it is, posts nothing wrong, and never posts twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.flows.batch.register import Standing
from clary.flows.batch.requests import Decisions
from clary.hub.services import apps, batches
from clary.hub.services.applying import Applying, resume_run
from clary.hub.services.batch_running import Ended, run_a_batch
from clary.hub.services.batch_verifying import verify_a_batch
from clary.hub.services.batches import BatchAsked
from clary.hub.services.stated import Asked
from clary.kernel.errors import ClaryError, Severity
from tests.apps.connectwise.odd_site import Asked as Request
from tests.apps.connectwise.odd_site import Says, odd_site
from tests.hub.batch.office import APP, COMPANY, EXPENSES, MAIN, TRAINING, Office, prepare
from tests.hub.batch.shared import SharedSite, shared_site

TWO = frozenset({"10001", "10002"})
BOOM = "\U0001f4a5"
OVERRIDE = "\u202e"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedSite]:
    prepared = tmp_path_factory.mktemp("us-office")
    prepare(prepared, "us")
    with shared_site(prepared, tmp_path_factory.mktemp("us-site")) as site:
        yield site


@pytest.fixture
def us(served: SharedSite, tmp_path: Path) -> Iterator[Office]:
    with served.office(tmp_path) as ready:
        yield ready


def spoil(us: Office, document: str, name: str, field: str, value: object) -> None:
    """Make the site tell a field of a document wrongly."""
    key = "number" if document == "invoice" else "id"
    us.site.act("spoil", document=document, field=field, value=value, **{key: name})


def receipt(us: Office, order: str) -> str:
    """Return what an export calls the first receipt of a purchase order."""
    [(name,)] = us.at_site(
        "SELECT o.id || '-' || min(r.packing_slip) || '-purchase' FROM receipt r "
        "JOIN purchase_order o ON o.id = r.order_id WHERE o.number = ?",
        order,
    )
    return str(name)


def report_of(us: Office, member: str) -> str:
    """Return what an export calls the bill of all expenses of a member."""
    [(row,)] = us.at_site(
        "SELECT min(g.id) FROM gl g JOIN expense e ON g.document = 'E' AND e.id = g.document_id "
        "JOIN member m ON m.id = e.member_id WHERE m.identifier = ? AND g.role = 'detail'",
        member,
    )
    return str(row)


class TestDocuments:
    """One plan in which nearly every document is spoilt in its own way."""

    INVOICES: tuple[tuple[str, str, object, list[str]], ...] = (
        ("10001", "total", 1.005, ["AMOUNT_DECIMALS"]),
        ("10002", "detail/0/total", -10.005, ["AMOUNT_DECIMALS"]),
        ("10003", "total", 1e20, ["AMOUNT_TOO_LARGE"]),
        ("10004", "total", "lots", ["ENTRY_MALFORMED"]),
        ("10005", "documentType", "PROFORMA", ["TYPE_UNKNOWN"]),
        ("10006", "detail/0/glTypeId", "ZZ", ["WORD_UNKNOWN"]),
        ("10007", "glEntryIds", "12,abc", ["GL_IDS_MISSING"]),
        ("10009", "detail", [], ["TOTAL_DIFFERS", "LINES_MISSING"]),
        ("10010", "dueDate", "tomorrow", ["DATE_UNREADABLE"]),
        ("10013", "total", 999999, ["TOTAL_DIFFERS"]),
        ("10014", "billingType", "Weird", []),
        ("10015", "documentDate", "2026-02-30", ["DATE_UNREADABLE"]),
        ("10016", "companyAccountNumber", f"A\x07B{BOOM}", ["KEY_UNREADABLE"]),
        ("10017", "detail/0/description", "x" * 5000, []),
        ("10018", "currency", {"currencyCode": "XTS"}, ["CURRENCY_UNSUPPORTED"]),
        ("10019", "total", "999.00", ["TOTAL_DIFFERS"]),
        ("10022", "detail/0/quantity", "many", ["ENTRY_MALFORMED"]),
        ("10023", "detail/0/accountNumber", "", ["ACCOUNT_MISSING"]),
    )
    WARNED = frozenset({"10006", "10014", "10017", "44-1093"})

    @pytest.fixture
    def spoilt(self, us: Office) -> dict[str, list[str]]:
        """Spoil documents of every kind; return the codes that are said of each."""
        for number, field, value, _ in self.INVOICES:
            spoil(us, "invoice", number, field, value)
        spoil(us, "purchase", receipt(us, "PO-2001"), "total", 1)
        spoil(us, "purchase", receipt(us, "PO-2002"), "purchaseDetail/0/total", "-1.234")
        text = f"44-1093{BOOM}{OVERRIDE}\x00"
        spoil(us, "purchase", receipt(us, "PO-2003"), "vendorInvoiceNumber", text)
        spoil(us, "purchase", receipt(us, "PO-2004"), "purchaseDetail/0/id", "none")
        webb, sorensen = report_of(us, "MWEBB"), report_of(us, "LSORENSEN")
        spoil(us, "expense", webb, "total", 5)
        spoil(us, "expense", sorensen, "detail/0/id", "bad")
        spoil(us, "adjustment", "1-adjustment", "adjustmentDetail/0/quantity", "few")
        said = {number: codes for number, _, _, codes in self.INVOICES}
        return said | {
            "INV-88120": ["TOTAL_DIFFERS"],
            "PO-2002": ["AMOUNT_DECIMALS"],
            "44-1093": ["TEXT_CLEANED"],
            "PO-2004": ["ENTRY_MALFORMED"],
            f"{webb}WEBB-M": ["TOTAL_DIFFERS"],
            f"{sorensen}SORENSEN-L": ["ENTRY_MALFORMED"],
            "1-adjustment": ["ENTRY_MALFORMED"],
        }

    def test_each_is_told_and_the_good_ones_go(
        self, us: Office, spoilt: dict[str, list[str]]
    ) -> None:
        rows = {"10008", "1", "2", "3", "4", "5", "R-5531"}
        named = {each for each in spoilt if each != "PO-2004" and not each.endswith(("-M", "-L"))}
        planned = us.plan("S", include=frozenset(named | rows))
        found = {
            number: [code.removeprefix("BATCH_") for code in us.codes(planned, number)]
            for number in spoilt
        }
        assert found == spoilt
        findings = us.findings(planned)
        assert all(each.remedy for each in findings)
        assert all(f"{each.record}{each.message}".isprintable() for each in findings)
        done = us.apply(planned, good_only=True)
        assert (done.ended, us.half_batched()) == (Ended.WITH_ERRORS, [])
        states = {number: each.state for number, each in us.documents("S").items()}
        posted = {number for number, state in states.items() if state is Standing.POSTED}
        assert posted == self.WARNED | {"10008"}
        assert {states[number] for number in states.keys() - posted} == {Standing.LEFT}
        assert verify_a_batch(us.installation, APP, COMPANY, "S").ok

    def test_the_rest_of_every_kind_goes_with_the_next_number(
        self, us: Office, spoilt: dict[str, list[str]]
    ) -> None:
        waiting = us.waiting(location=MAIN)
        us.run("S", location=MAIN, good_only=True)
        left = [each for each in us.documents("S").values() if each.state is Standing.LEFT]
        assert {each.kind.kind for each in left} == {"invoice", "expense", "procurement"}
        self.repair(us)
        done = us.run(rest_of="S")
        assert [view.batch.identifier for view in done.batches] == ["S-1"]
        assert done.ended is Ended.COMPLETED
        rest = us.documents("S-1").values()
        assert {each.source for each in rest} == {each.source for each in left}
        assert (us.half_batched(), us.waiting(location=MAIN)) == ([], [])
        assert len(us.ours()) == len(set(us.ours())) <= len(waiting)
        assert spoilt

    @staticmethod
    def repair(us: Office) -> None:
        with us.edited_site() as site:
            site.execute("DELETE FROM spoilt")


class TestParties:
    """Numbers that are two companies', and names that Sage cannot hold."""

    def test_an_account_number_of_two_companies_is_nobodys(self, us: Office) -> None:
        self.company(us, "10003", "accountNumber", f" {self.account(us, '10001').lower()} ")
        planned = us.plan("P", include=TWO)
        assert us.codes(planned, "10001") == ["BATCH_PARTY_AMBIGUOUS"]
        assert us.codes(planned, "10002") == []
        [finding] = [e for e in us.findings(planned) if e.code == "BATCH_PARTY_AMBIGUOUS"]
        names = us.at_site(
            "SELECT c.identifier FROM company c JOIN invoice i ON i.bill_to_id = c.id "
            "WHERE i.number IN ('10001', '10003')"
        )
        assert all(name in finding.message for (name,) in names)

    def test_a_vendor_xref_of_two_companies_is_nobodys(self, us: Office) -> None:
        with us.edited_site() as site:
            site.execute(
                "UPDATE company SET body = json_set(body, '$.vendorIdentifier', (SELECT "
                "v.vendorIdentifier FROM company v JOIN purchase_order o ON o.vendor_id = v.id "
                "WHERE o.number = 'PO-2001')) WHERE id = "
                "(SELECT vendor_id FROM purchase_order WHERE number = 'PO-2002')"
            )
        planned = us.plan("P", include=frozenset({"INV-88120"}))
        assert us.codes(planned, "INV-88120") == ["BATCH_PARTY_AMBIGUOUS"]

    LONG = "Helios Ventures and Partners of the Northern Valley"

    def test_a_name_that_is_too_long_is_cut_only_where_the_setting_says_so(
        self, us: Office
    ) -> None:
        chosen = frozenset({"10011"})
        self.company(us, "10011", "name", f"{self.LONG} {BOOM}")
        planned = us.plan("N", include=chosen)
        [finding] = [e for e in us.findings(planned) if e.severity is Severity.ERROR and e.record]
        assert finding.code == "BATCH_NEED_FAILED"
        assert "has 51 characters; Sage holds 39" in finding.message
        assert "shorten_names" in finding.remedy
        assert us.apply(planned).ended is Ended.FAILED
        apps.change_app(us.installation, APP, Asked(settings=(("shorten_names", "yes"),)))
        done = us.run("N", include=chosen)
        assert done.ended is Ended.COMPLETED
        assert {"BATCH_NAME_SHORTENED", "BATCH_TEXT_CLEANED"} <= {e.code for e in done.warnings}
        account = self.account(us, "10011")
        [made] = [each for each in us.read("customer") if each["id"] == account]
        assert made["name"] == "Helios Ventures and Partners of the"

    @staticmethod
    def account(us: Office, invoice: str) -> str:
        [(account,)] = us.at_site(
            "SELECT c.accountNumber FROM company c JOIN invoice i ON i.bill_to_id = c.id "
            "WHERE i.number = ?",
            invoice,
        )
        return str(account)

    @staticmethod
    def company(us: Office, invoice: str, field: str, value: str) -> None:
        with us.edited_site() as site:
            site.execute(
                "UPDATE company SET body = json_set(body, ?1, ?2) WHERE id = "
                "(SELECT bill_to_id FROM invoice WHERE number = ?3)",
                (f"$.{field}", value, invoice),
            )


class TestExpensesThatOverlap:
    """The same expense in another bill: what is in the books is never posted again."""

    WEBB = frozenset({"1", "2", "3"})

    def test_the_rest_of_a_bill_is_a_bill_of_its_own(self, us: Office) -> None:
        first = us.run("E", include=frozenset({"2"}))
        second = us.run("F", include=self.WEBB - {"2"})
        assert (first.ended, second.ended) == (Ended.COMPLETED, Ended.COMPLETED)
        assert self.spent(us) == 24545
        assert us.half_batched() == []

    def test_one_that_was_unbatched_there_is_not_posted_again(self, us: Office) -> None:
        us.run("E", include=self.WEBB)
        us.site.act("unbatch", expense="2")
        planned = us.plan("F", kinds=EXPENSES, location=MAIN, include=frozenset({"2"}))
        [finding] = [e for e in us.findings(planned) if e.code == "BATCH_EXPENSES_POSTED"]
        [bill] = us.documents("E").values()
        assert f"as part of {bill.number} ({bill.key}): 2" in finding.message
        assert "--exclude expense:2" in finding.remedy
        assert us.apply(planned, good_only=True).ended is Ended.FAILED
        assert self.spent(us) == 24545
        assert us.run("F", include=frozenset({"expense:2"}), clears=True).ended is Ended.COMPLETED
        assert (self.spent(us), us.waiting(include=self.WEBB)) == (24545, [])

    def test_parts_come_back_as_one_bill_and_are_not_posted_again(self, us: Office) -> None:
        us.run("E", include=frozenset({"1"}))
        us.run("F", include=self.WEBB - {"1"})
        for number in ("E", "F"):
            us.site.act("delete-batch", batch=number)
        repost = Decisions(repost=frozenset({"expense:1"}))
        planned = us.plan("G", include=self.WEBB, decisions=repost)
        found = [each.code for each in us.findings(planned)]
        assert found.count("BATCH_EXPENSES_POSTED") == 2
        assert us.apply(planned, good_only=True).ended is Ended.FAILED
        assert self.spent(us) == 24545
        part = us.plan("G", include=frozenset({"1"}))
        assert {e.code for e in us.findings(part)} == {"BATCH_POSTED_ALREADY"}

    def test_the_command_of_the_finding_takes_the_posted_bill_back(self, us: Office) -> None:
        us.run("E", include=self.WEBB)
        us.site.act("unbatch", expense="1")
        planned = us.plan("F", include=frozenset({"1"}))
        [finding] = [e for e in us.findings(planned) if e.code == "BATCH_EXPENSES_POSTED"]
        [bill] = us.documents("E").values()
        assert finding.remedy.endswith(f"clary batch unbatch {APP} {COMPANY} E {bill.number}")
        us.unbatch("E", bill.number)
        assert (self.spent(us), us.waiting(include=self.WEBB)) == (0, ["1", "2", "3"])
        assert us.run("F", include=self.WEBB).ended is Ended.COMPLETED
        assert self.spent(us) == 24545

    @staticmethod
    def spent(us: Office) -> int:
        """Return what the live bills of the member come to, in cents."""
        bills = [each for each in us.read("purchase") if each["vendor_id"] == "WEBB-M"]
        return sum(int(str(each["total"]).replace(".", "")) for each in bills)


class TestSite:
    """A site that cannot be used, before the plan, in its middle, and after the posting."""

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (Says({"code": "NotFound"}, 404), "CONNECTWISE_COMPANY_UNKNOWN"),
            (Says(b"<html><h1>It works</h1></html>"), "CONNECTWISE_NOT_THERE"),
            (Says(b"", 302, {"location": "/login"}), "CONNECTWISE_LOGIN_PAGE"),
            (Says(b'{"Codebase": "v4'), "CONNECTWISE_ANSWER_INVALID"),
        ],
        ids=["nothing there", "a web page", "a page to log in", "no JSON"],
    )
    def test_what_is_no_connectwise_is_never_connected(
        self, us: Office, answer: Says, code: str
    ) -> None:
        def handler(_: Request) -> Says:
            return answer

        with odd_site(handler) as other:
            changed = Asked(settings=(("site", other.url),))
            with pytest.raises(ClaryError) as caught:
                apps.change_app(us.installation, APP, changed)
        assert caught.value.code == code
        assert us.waiting(include=TWO) == ["10001", "10002"]

    def test_keys_that_are_refused_stop_before_anything(self, us: Office) -> None:
        planned = us.plan("K", include=TWO)
        with us.edited_site() as site:
            site.execute("UPDATE api_key SET private = 'another' WHERE public = 'public'")
        for attempt in (lambda: us.plan("L", include=TWO), lambda: us.apply(planned)):
            with pytest.raises(ClaryError) as caught:
                attempt()
            assert caught.value.code == "CONNECTWISE_KEYS_REFUSED"
            assert "private" not in str(caught.value).replace("private_key", "")
        assert us.ours() == []
        assert batches.list_batches(us.installation, APP) == []

    @pytest.mark.parametrize("kind", ["malformed", "login-page"])
    def test_trouble_in_the_middle_of_a_plan_leaves_nothing(self, us: Office, kind: str) -> None:
        path = "finance/accounting/export"
        us.site.fault("slow", method="POST", path=path, seconds=0)
        us.site.fault(kind, method="POST", path=path)
        with pytest.raises(ClaryError) as caught:
            us.plan("M", location=MAIN)
        assert caught.value.code.startswith("CONNECTWISE_")
        assert us.at_site("SELECT count(*) FROM batch") == [(0,)]
        us.site.clear_faults()
        assert us.run("M", include=TWO).ended is Ended.COMPLETED

    def test_a_page_to_log_in_before_the_batch_is_made_is_survived(self, us: Office) -> None:
        planned = us.plan("L", include=TWO)
        us.site.fault("login-page", method="POST", path="finance/accounting/batches")
        done = us.apply(planned)
        assert (done.ended, done.exit_status) == (Ended.WAITING, 4)
        assert [each.code for each in done.errors] == ["CONNECTWISE_LOGIN_PAGE"]
        assert len(us.ours()) == 2
        assert done.run is not None
        resume_run(us.installation, done.run.run.id, Applying())
        assert len(us.ours()) == 2
        assert (us.half_batched(), us.waiting(include=TWO)) == ([], [])

    def test_trouble_while_comparing_does_not_hide_what_was_posted(self, us: Office) -> None:
        planned = us.plan("V", include=TWO)
        us.site.fault("malformed", method="POST", path="finance/accounting/batches/1/export")
        done = run_a_batch(us.installation, planned.plan.plan.id, Applying())
        assert (done.ended, done.exit_status, done.errors) == (Ended.COMPLETED, 0, [])
        [warning] = done.warnings
        assert warning.code == "BATCH_NOT_VERIFIED"
        assert warning.remedy.endswith(f"clary batch verify {APP} {COMPANY} V")
        assert verify_a_batch(us.installation, APP, COMPANY, "V").ok


def test_a_plan_is_stale_once_anything_of_it_was_changed(us: Office) -> None:
    planned = us.plan("S", include=frozenset({"10001", "1", "2", "3", "INV-88120", "10011"}))
    us.site.act("add-vendor-invoice", order="PO-2001", number="OTHER")
    with us.edited_site() as site:
        site.execute("UPDATE expense SET amount = amount + 1 WHERE id = 2")
    customers = us.read("customer")
    with pytest.raises(ClaryError) as caught:
        us.apply(planned)
    first, *others = caught.value.findings
    assert (first.code, caught.value.exit_code) == ("BATCH_STALE", 6)
    assert {each.code for each in others} == {"BATCH_DOCUMENT_STALE"}
    assert {str(each.record).split(" ")[0] for each in others} == {"bill", "expense_bill"}
    assert (us.ours(), us.read("customer")) == ([], customers)
    assert us.at_site("SELECT count(*) FROM batch") == [(0,)]


def test_an_expense_that_its_bill_leaves_out_is_said(us: Office) -> None:
    spoil(us, "expense", report_of(us, "MWEBB"), "detail/1/id", [999998, 999999])
    planned = us.plan("E", include=frozenset({"1", "2", "3"}))
    [finding] = [e for e in us.findings(planned) if e.record == "expense 2"]
    assert "lists it and does not export it" in finding.message


@pytest.mark.parametrize("option", ["include", "exclude"])
def test_a_name_of_nothing_that_waits_is_refused(us: Office, option: str) -> None:
    names = frozenset({"10001", "99999", "NO PE"})
    request = BatchAsked(number="X", **{option: names})  # type: ignore[arg-type]  # either of two
    for attempt in (
        lambda: batches.plan_a_batch(us.installation, APP, COMPANY, request),
        lambda: batches.list_unposted(us.installation, APP, request),
    ):
        with pytest.raises(ClaryError) as caught:
            attempt()
        found = caught.value.findings
        assert [(each.code, each.record) for each in found] == [
            ("BATCH_NOT_LISTED", "99999"),
            ("BATCH_NOT_LISTED", "NO PE"),
        ]
        assert "clary batch why psa 'NO PE'" in found[1].remedy
    assert us.ours() == []


def test_names_in_lists_hold_nothing_that_cannot_be_seen(us: Office) -> None:
    with us.edited_site() as site:
        site.execute("UPDATE invoice SET number = ? WHERE number = '10001'", (f"10001{OVERRIDE}",))
        site.execute(
            "UPDATE company SET body = json_set(body, '$.name', ?) WHERE id = "
            "(SELECT bill_to_id FROM invoice WHERE number = '10002')",
            (f"Topaz\x1b[31m{BOOM}",),
        )
    found = batches.list_unposted(us.installation, APP, BatchAsked(location=MAIN))
    assert all(f"{each.number}{each.party}".isprintable() for each in found)
    assert "10001" in {each.number for each in found}
    assert us.run("N", include=TWO).ended is Ended.COMPLETED
    assert TRAINING not in {each.location for each in found}
