"""Models of plans, runs and what became of documents, as many routes show them."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from clary.api.native.values import FindingShown, JsonObject, Shown


class WorkItemShown(Shown):
    """One piece of work that waits for a company."""

    serial: int = Field(description="Its number; work is done in this order.")
    kind: str
    plan: str | None = Field(description="The plan that it is about, once there is one.")
    operation: str | None = Field(description="Of a push: its key in the push API.")
    state: str = Field(description="waiting, or parked: set aside for a person.")
    reason_code: str | None
    reason: str | None
    accepted_at: str
    attempts: int


class PlanShown(Shown):
    """A stored plan, without its changes."""

    id: str
    flow: str
    company: str
    state: str
    run: str | None
    undoes: str | None
    author: str
    created_at: str
    note: str
    identity: str
    generation: int
    fingerprint: str
    changes: int
    rejected: int
    counts: dict[str, int]
    totals: dict[str, str]
    findings: dict[str, int]
    errors: int
    blocked: list[str]
    waiting: WorkItemShown | None = Field(
        description="The work as which it waits its turn or was set aside, and why."
    )


class RunShown(Shown):
    """A run, and how far it is."""

    id: str
    flow: str
    company: str
    state: str
    plans: list[str]
    planned: int
    applied: int
    skipped: int
    rejected: int
    pending: int
    failed: int
    undone: int
    undoes: str | None
    author: str
    started_at: str
    ended_at: str | None


class FieldShown(Shown):
    """A field that a plan changes."""

    field: str
    before: Any = None
    after: Any = None


class PlanRowShown(Shown):
    """What a plan does with one document."""

    number: int
    document: str | None
    record_type: str
    key: str | None
    action: str
    rejected: bool
    fields: list[FieldShown]
    findings: list[FindingShown]
    tracked: dict[str, str]


class DocumentResult(Shown):
    """The one result of one document."""

    document: str
    status: str = Field(
        description="success, rejected, failed, skipped_duplicate or pending.",
    )
    action_taken: str
    key: str | None
    code: str
    message: str
    field_errors: dict[str, str]
    findings: list[FindingShown]
    warnings: list[FindingShown]
    record: JsonObject | None
    version: str | None
    tracked: dict[str, str]


class OperationShown(Shown):
    """What a request to change records comes to: its plan, its run, a result per document."""

    plan: PlanShown
    run: RunShown | None = Field(description="None for a dry run, and while it waits its turn.")
    waits: bool = Field(
        description="It waits its turn; the plan tells why, and names its run later."
    )
    results: list[DocumentResult] = Field(description="In the order of the documents.")
    preview: list[PlanRowShown] = Field(description="Of a dry run: what would be done.")
    remarks: list[FindingShown]


PLAN: Final = "plan_01K2M7Q4T8ZD3V5X6Y7W8A9B0C"
RUN: Final = "run_01K2M7Q4T8ZD3V5X6Y7W8A9B0C"
AT: Final = "2026-03-31T12:00:00.000000Z"

EXAMPLE_PLAN: Final[JsonObject] = {
    "id": PLAN,
    "flow": "operations",
    "company": "acme",
    "state": "applied",
    "run": RUN,
    "undoes": None,
    "author": "key shop",
    "created_at": AT,
    "note": "",
    "identity": "{5F0A3E52-6D0C-4E0B-8A0B-0C9E6A1F2B3C}",
    "generation": 1,
    "fingerprint": "9f86d081884c7d65",
    "changes": 1,
    "rejected": 0,
    "counts": {"create customer": 1},
    "totals": {},
    "findings": {},
    "errors": 0,
    "blocked": [],
    "waiting": None,
}
EXAMPLE_RUN: Final = {
    "id": RUN,
    "flow": "operations",
    "company": "acme",
    "state": "finished",
    "plans": [PLAN],
    "planned": 1,
    "applied": 1,
    "skipped": 0,
    "rejected": 0,
    "pending": 0,
    "failed": 0,
    "undone": 0,
    "undoes": None,
    "author": "key shop",
    "started_at": AT,
    "ended_at": AT,
}
EXAMPLE_RECORD: Final = {"id": "ACME", "name": "Acme Ltd"}
EXAMPLE_RESULT: Final = {
    "document": "1",
    "status": "success",
    "action_taken": "created",
    "key": "ACME",
    "code": "",
    "message": "",
    "field_errors": {},
    "findings": [],
    "warnings": [],
    "record": EXAMPLE_RECORD,
    "version": "2c26b46b68ffc68f",
    "tracked": {},
}
EXAMPLE_OPERATION: Final = {
    "plan": EXAMPLE_PLAN,
    "run": EXAMPLE_RUN,
    "waits": False,
    "results": [EXAMPLE_RESULT],
    "preview": [],
    "remarks": [],
}
