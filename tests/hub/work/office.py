"""An installation with companies, and plans that wait for them, for the tests of work."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from clary.flows.operations.requests import Document, Operation
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying
from clary.hub.services.operations import Asked, plan_operation
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.hub.services.working import queue_plan
from clary.hub.work import Work


def company(installation: Installation, name: str) -> Path:
    """Make an empty US company and return its file."""
    create_sandbox(installation, NewSandbox(name, "us"))
    return installation.sandbox_file(name)


def queue_customers(installation: Installation, name: str, *ids: str) -> str:
    """Have customers wait to be made in a company, as one plan, and return its id."""
    documents = [Document(each, {"id": each, "name": f"Customer {each}"}) for each in ids]
    asked = Asked(Operation.CREATE, "customer", documents)
    plan = plan_operation(installation, name, asked).plan.id
    queue_plan(installation, plan, Applying())
    return plan


def work_of(installation: Installation) -> Work:
    return Work(installation.database, installation.clock)


def customers(installation: Installation, name: str) -> list[str]:
    """Return the ids of the customers in a company, in the order in which they were made."""
    with closing(sqlite3.connect(installation.sandbox_file(name))) as books:
        return [row[0] for row in books.execute("SELECT id FROM customer_record ORDER BY rowid")]
