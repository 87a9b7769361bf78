"""A whole office for tests of batches: a site in a process of its own, a company, an installation.

What a test does here is what a bookkeeper does; nothing is played by anything but itself.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clary.companies.contract import Query, Session
from clary.companies.keys import parse_key
from clary.companies.sandbox import SandboxCompany
from clary.flows.batch.kinds import Kind
from clary.flows.batch.register import BatchDocument
from clary.flows.batch.requests import Decisions
from clary.hub.installation import Installation
from clary.hub.services import apps, batches
from clary.hub.services.applying import Applying, RunAnswer, apply_plan
from clary.hub.services.batch_reruns import RerunPlanned, plan_a_rerun, plan_an_unbatching
from clary.hub.services.batch_running import BatchRun, run_a_batch
from clary.hub.services.batches import BatchAsked, BatchPlanned
from clary.hub.services.installation_backups import backup_installation, restore_installation
from clary.hub.services.plans import PlanAnswer, plan_findings
from clary.hub.services.runs import run_results
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.hub.services.stated import Asked
from clary.kernel.change import Body, JsonValue, Verb
from clary.kernel.errors import Finding, Rejected
from clary.kernel.settings import read
from clary.ledger.fields import EditionName
from clary.ledger.registry import record_type
from tests.databases import URL_FILE, url_in
from tests.sites import Site, connectwise_site

APP, COMPANY = "psa", "acme"
MAIN, BRANCH, TRAINING = "Main office", "Branch", "Training"


@dataclass
class Office:
    """One installation with a ConnectWise site and a company."""

    installation: Installation
    site: Site
    folder: Path

    # --- the bookkeeper ---------------------------------------------------------------------

    def plan(self, number: str = "B", **asked: object) -> BatchPlanned:
        """Plan a batch."""
        request = replace(BatchAsked(number=number), **asked)  # type: ignore[arg-type]  # tests state what they need
        return batches.plan_a_batch(self.installation, APP, COMPANY, request)

    def apply(self, planned: BatchPlanned, *, good_only: bool = False, **how: object) -> BatchRun:
        """Apply a plan that was made."""
        applying = Applying(**how)  # type: ignore[arg-type]  # as above
        return run_a_batch(
            self.installation, planned.plan.plan.id, applying, good_only=good_only, verify=False
        )

    def run(self, number: str = "B", *, good_only: bool = False, **asked: object) -> BatchRun:
        """Plan a batch and run it."""
        return self.apply(self.plan(number, **asked), good_only=good_only)

    def documents(self, number: str) -> dict[str, BatchDocument]:
        """Return the documents of a batch by their number; of several one."""
        view = batches.show_batch(self.installation, APP, number)
        return {each.number: each for each in batches.batch_documents(self.installation, view)}

    def findings(self, planned: BatchPlanned) -> list[Finding]:
        """Return everything that a plan found."""
        return list(plan_findings(self.installation, planned.plan.plan.id))

    def codes(self, planned: BatchPlanned, number: str) -> list[str]:
        """Return the codes of what was found about one document."""
        return [
            each.code
            for each in self.findings(planned)
            if (each.record or "").split(" ", 1)[-1] == number
        ]

    def decisions(self, **decided: frozenset[str]) -> Decisions:
        """Return what a person decides about single documents."""
        return Decisions(**decided)

    def said(self, answer: RunAnswer) -> set[str]:
        """Return the codes of everything that was said about the changes of a run."""
        entries = run_results(self.installation, answer.run.id)
        return {finding.code for entry in entries for finding in entry.findings}

    def waiting(self, include: frozenset[str] = frozenset(), **asked: object) -> list[str]:
        """Return the numbers of what waits; of what is included, what does not wait is left out."""
        request = replace(BatchAsked(include=include), **asked)  # type: ignore[arg-type]  # as above
        try:
            found = batches.list_unposted(self.installation, APP, request)
        except Rejected as error:
            if error.code != "BATCH_NOT_LISTED":
                raise
            left = include - {each.record for each in error.findings}
            return self.waiting(include=left, **asked) if left else []
        return [each.number for each in found]

    def rerun(
        self, number: str, *, post_missing: bool = True, **decided: frozenset[str]
    ) -> tuple[RerunPlanned, RunAnswer]:
        """Run an existing batch again; what is missing is confirmed unless told otherwise."""
        planned = self.plan_rerun(number, **decided)
        confirmed = frozenset({"BOOKS_RESTORED"}) if post_missing else frozenset[str]()
        applying = Applying(post_missing=post_missing, confirmed=confirmed)
        return planned, apply_plan(self.installation, planned.plan.plan.id, applying)

    def plan_rerun(
        self, number: str, *, exclude: frozenset[str] = frozenset(), **decided: frozenset[str]
    ) -> RerunPlanned:
        """Compare an existing batch with the books."""
        decisions = Decisions(**decided)
        return plan_a_rerun(self.installation, APP, COMPANY, number, decisions, exclude)

    def plan_unbatch(self, number: str, *names: str) -> PlanAnswer:
        """Plan to take documents of a batch back, or all of it."""
        return plan_an_unbatching(self.installation, APP, COMPANY, number, frozenset(names))

    def unbatch(self, number: str, *names: str) -> RunAnswer:
        """Take documents of a batch back, or all of it."""
        planned = self.plan_unbatch(number, *names)
        return apply_plan(self.installation, planned.plan.id, Applying())

    def warned(self, planned: PlanAnswer) -> set[str]:
        """Return the codes of everything that a plan found."""
        return {each.code for each in plan_findings(self.installation, planned.plan.id)}

    # --- the books --------------------------------------------------------------------------

    @property
    def company(self) -> SandboxCompany:
        """The company, opened anew."""
        return SandboxCompany(self.installation.sandbox_file(COMPANY))

    def read(self, name: str, *, live: bool = True) -> list[Body]:
        """Return all records of a type; of documents only those that count."""
        with self.company.session() as session:
            bodies = list(session.read(name, Query()))
        return [
            each
            for each in bodies
            if not live or (each.get("reversed_by") is None and each.get("reverses") is None)
        ]

    def posted(self, name: str, number: str) -> list[Body]:
        """Return the live documents of a type and number."""
        return [each for each in self.read(name) if each.get("number") == number]

    def ours(self) -> list[str]:
        """Return the origin of every live document that came from ConnectWise, sorted."""
        names = (
            "sales_invoice",
            "credit_memo",
            "purchase",
            "journal_entry",
            "inventory_adjustment",
        )
        known = self.company.capabilities()
        found = [
            str(body["origin"])
            for name in names
            if name in known
            for body in self.read(name)
            if str(body.get("origin") or "").startswith("connectwise/")
        ]
        return sorted(found)

    @contextmanager
    def at_sage(self) -> Iterator[Session]:
        """Give a session with the books, to write in them by hand."""
        with self.company.session(write=True) as session:
            yield session

    def enter(self, name: str, body: Body) -> str:
        """Enter a record by hand; return its key."""
        with self.at_sage() as session:
            return str(session.create(name, body).key)

    def change(self, name: str, key: str, **fields: JsonValue) -> None:
        """Change a record by hand."""
        with self.at_sage() as session:
            session.update(name, parse_key(record_type(name), key), dict(fields))

    def void(self, name: str, key: str) -> None:
        """Void a document by hand."""
        with self.at_sage() as session:
            session.act(name, parse_key(record_type(name), key), Verb.VOID, {})

    # --- the site ---------------------------------------------------------------------------

    def at_site(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what the site's own file holds."""
        with closing(sqlite3.connect(self.site.file)) as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def edited_site(self) -> Iterator[sqlite3.Connection]:
        """Give the site's own file, to change what no screen of it changes."""
        with closing(sqlite3.connect(self.site.file, timeout=20)) as connection:
            yield connection
            connection.commit()

    def batched(self, number: str) -> list[int]:
        """Return the GL rows that a batch of the site holds, in order."""
        sql = (
            "SELECT g.id FROM gl g JOIN batch b ON b.id = g.batch_id "
            "WHERE b.identifier = ? AND g.role <> 'implied' ORDER BY g.id"
        )
        return [row[0] for row in self.at_site(sql, number)]

    def half_batched(self) -> list[tuple[str, int]]:
        """Return the documents of the site of which some rows are batched, but not all."""
        sql = (
            "SELECT document, document_id FROM gl GROUP BY document, document_id "
            "HAVING count(batch_id) NOT IN (0, count(*))"
        )
        return [(row[0], row[1]) for row in self.at_site(sql)]


def prepare(folder: Path, edition: EditionName) -> None:
    """Make the company and the site's file that offices start with."""
    with connectwise_site(folder, "--seed", edition), _installation(folder) as installation:
        wanted = NewSandbox(COMPANY, edition, seed="demo")
        create_sandbox(installation, wanted)


@contextmanager
def office(prepared: Path, folder: Path, **settings: str) -> Iterator[Office]:
    """Open an office of its own for a test: copies of the site and of the company."""
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    with connectwise_site(folder) as site, _installation(folder) as installation:
        connect_app(installation, site, **settings)
        yield Office(installation, site, folder)


def connect_app(installation: Installation, site: Site, **settings: str) -> None:
    """Add the connection of a site to an installation."""
    stated = {
        "site": site.url,
        "company": "demo",
        "client_id": "tests",
        "public_key": "public",
        **settings,
    }
    secret = stated.pop("private_key", "private")
    asked = Asked(settings=tuple(stated.items()), secrets=(("private_key", secret),))
    apps.add_app(installation, APP, "connectwise", asked)


def _installation(folder: Path) -> Installation:
    stated = {"CLARY_HOME": str(folder / "home"), "CLARY_SECRETS": "file"}
    if (folder / URL_FILE).exists():
        stated["CLARY_DATABASE_URL"] = url_in(folder)
    return Installation(read(stated), actor="Ada Lovelace")


def move_to(url: str, folder: Path) -> None:
    """Move the installation of an office to another database, as a person does."""
    file = folder / "moving.backup"
    with _installation(folder) as installation:
        backup_installation(installation, file)
    (folder / URL_FILE).write_text(url, encoding="utf-8")
    with _installation(folder) as installation:
        restore_installation(installation, file, with_books=False)


INVOICES = frozenset({Kind.INVOICE})
EXPENSES = frozenset({Kind.EXPENSE})
PROCUREMENT = frozenset({Kind.PROCUREMENT})
