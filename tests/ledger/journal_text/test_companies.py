"""What hledger and beancount make of a company's ledger is what its trial balance says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing

import pytest

from clary.companies.conformance import Bench
from clary.companies.conformance.harness import declared_types
from clary.companies.contract import AccountFigure, LedgerRow, Operation
from clary.companies.sandbox import SandboxCompany, create
from clary.kernel.change import Verb
from clary.ledger.fields import EDITIONS, EditionName
from clary.ledger.journal_text import Names, Title, write
from clary.ledger.journal_text.hledger import STYLE
from clary.ledger.journal_text.writing import Format
from tests.ledger.journal_text.ledgers import (
    beancount_balances,
    hledger_balances,
    run_hledger,
)


@pytest.fixture(scope="module", params=EDITIONS)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Return a company with documents of every type, some of them voided."""
    edition: EditionName = request.param
    path = tmp_path_factory.mktemp("journal") / "company.clary"
    create(path, name="Judged Söhne", edition=edition)
    bench = Bench.of(SandboxCompany(path))
    with bench.work() as work:
        for declared in declared_types(bench, Operation.CREATE):
            for make in (work.minimal, work.maximal):
                work.create(declared.name, make(declared.name))
            if bench.can(declared.name, Operation.VOID):
                key = work.made(declared.name)
                assert key is not None
                work.session.act(declared.name, key, Verb.VOID, {})
    return bench


def journal(
    format_name: Format, bench: Bench, rows: Iterable[LedgerRow], figures: Sequence[AccountFigure]
) -> str:
    info = bench.info
    title = Title(company=info.name, edition=info.edition, currency=info.currency)
    return "\n".join(write(format_name, rows, figures, title)) + "\n"


def test_hledger_says_what_the_trial_balance_says(bench: Bench, hledger: str) -> None:
    with closing(bench.company.session()) as session:
        figures = session.trial_balance(None)
        text = journal("hledger", bench, session.ledger_rows(), figures)
    run_hledger(hledger, text, "check", "--strict")
    names = Names(figures, STYLE)
    expected = {names.of(each.id): each.balance for each in figures if each.balance}
    found = {name: units for name, units in hledger_balances(hledger, text).items() if units}
    assert found == expected
    assert len(expected) > 5


def test_beancount_says_what_the_trial_balance_says(bench: Bench) -> None:
    with closing(bench.company.session()) as session:
        figures = session.trial_balance(None)
        text = journal("beancount", bench, session.ledger_rows(), figures)
    found = {account: units for account, units in beancount_balances(text).items() if units}
    assert found == {each.id: each.balance for each in figures if each.balance}
