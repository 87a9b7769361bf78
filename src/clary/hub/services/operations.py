"""Changes the records of a company, whatever their type: one document or a million."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from clary.engine.plan import Entry
from clary.flows.operations.memory import JournalMemory
from clary.flows.operations.planner import Planner
from clary.flows.operations.requests import (
    Document,
    Operation,
    OperationOptions,
    OperationRequest,
    OperationResult,
)
from clary.flows.operations.results import results
from clary.flows.operations.storing import FLOW, store_plan
from clary.flows.operations.storing import Asked as PlanAsked
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, RunAnswer
from clary.hub.services.opening import Opened, open_company
from clary.hub.services.permissions import inner, needs
from clary.hub.services.plans import PlanAnswer, prune_plans
from clary.hub.services.working import apply_in_turn
from clary.kernel.change import Body
from clary.kernel.errors import Finding, Rejected, declare, raise_errors
from clary.kernel.exit_codes import ExitCode
from clary.ledger.nested import find_type
from clary.ledger.schema import Purpose, Scope
from clary.ledger.values import body_from_texts

FIELD_CONTRADICTS = declare(
    "FIELD_CONTRADICTS",
    Rejected,
    "{field} is stated as {first!r} and as {second!r}.",
    "State it once.",
    http_status=400,
    exit_code=2,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to change records, in the words of every face.

    Attributes:
        operation: what to do with each document.
        type_name: the record type or nested type, by any of its names.
        documents: the documents, which may be a stream of any length.
        options: how the request is carried out.
        note: a sentence for the reader of the plan.
    """

    operation: Operation
    type_name: str
    documents: Iterable[Document]
    options: OperationOptions = field(default_factory=OperationOptions)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """A request that was planned and applied."""

    plan: PlanAnswer
    run: RunAnswer

    @property
    def exit_status(self) -> ExitCode:
        """Exit code of a command that asked for it."""
        return self.run.exit_status

    def head(self) -> Body:
        """Return both as JSON-ready values, without the results."""
        return {"plan": self.plan.as_dict(), "run": self.run.as_dict()}


@needs(Role.OPERATOR, "reference")
def plan_operation(installation: Installation, reference: str, asked: Asked) -> PlanAnswer:
    """Store the plan of a request; nothing is written to the company.

    Raises:
        Rejected: the request itself does not fit together, or there is no such type.
        Unsupported: no driver of the company does it.
        Misconfigured, Unreachable, Busy, Unauthorised, Guarded: the company cannot be
            opened.
    """
    opened = open_company(installation, reference)
    declared = find_type(asked.type_name, opened.info.edition)
    request = OperationRequest(asked.operation, declared, asked.documents, asked.options)
    with planning(installation, opened) as planner:
        return stored_plan(installation, opened, FLOW, asked.note, planner.plan(request))


@inner
@contextmanager
def planning(installation: Installation, opened: Opened) -> Iterator[Planner]:
    """Give a planner that reads the company while the block lasts."""
    with opened.company.session() as session:
        yield Planner(
            session,
            opened.info,
            opened.company.capabilities(),
            opened.name,
            JournalMemory(installation.database, opened.name, opened.info.identity),
        )


@needs(Role.OPERATOR, "opened.name")
def stored_plan(
    installation: Installation, opened: Opened, flow: str, note: str, entries: Iterable[Entry]
) -> PlanAnswer:
    """Store the entries of a planner as the plan of a company."""
    retention = installation.settings.plan_retention
    asked = PlanAsked(opened.name, installation.actor, note=note, flow=flow, retention=retention)
    prune_plans(installation)
    return PlanAnswer(
        store_plan(installation.database, opened.info, installation.clock, asked, entries)
    )


@needs(Role.OPERATOR, "planned.plan.header.company")
def apply_operation(installation: Installation, planned: PlanAnswer, applying: Applying) -> Applied:
    """Apply a request that was planned; the plan stays stored whatever happens.

    Raises:
        ClaryError: as for `working.apply_in_turn`.
    """
    return Applied(planned, apply_in_turn(installation, planned.plan.id, applying))


@needs(Role.OPERATOR, "reference")
def operate(
    installation: Installation, reference: str, asked: Asked, applying: Applying
) -> Applied:
    """Plan a request and apply it at once.

    Raises:
        ClaryError: as for `plan_operation` and `apply_operation`.
    """
    return apply_operation(installation, plan_operation(installation, reference, asked), applying)


@needs(Role.VIEWER, "applied.run.run.company")
def operation_results(installation: Installation, applied: Applied) -> Iterator[OperationResult]:
    """Yield the one result of each document of a request, in order.

    Raises:
        Rejected: the run is gone (RUN_UNKNOWN).
    """
    return results(installation.database, applied.run.run.id)


@needs(Role.VIEWER, "reference")
def body_of_fields(
    installation: Installation, reference: str, type_name: str, fields: Sequence[tuple[str, str]]
) -> dict[str, object]:
    """Return the body that paths and texts describe, typed by the declaration of the type.

    Raises:
        Rejected: a path names no field, its text does not fit, or it is stated in two ways
            (FIELD_CONTRADICTS); all problems together.
        Misconfigured, Unreachable, Guarded: the company cannot be opened.
    """
    info = open_company(installation, reference).info
    declared = find_type(type_name, info.edition)
    scope = Scope(info.edition, info.release, Purpose.CREATE)
    body, findings = body_from_texts(declared.record, declared.name, fields, scope)
    raise_errors([*_contradictions(fields), *findings])
    return body


def _contradictions(fields: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """Yield a finding for each path that is stated in two ways."""
    stated: dict[str, str] = {}
    for path, text in fields:
        first = stated.setdefault(path, text)
        if first != text:
            yield FIELD_CONTRADICTS.finding(field=path, first=first, second=text)
