"""`clary records create` and its kin: changing the records of a company."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

import click

from clary.cli.arguments import DAY, DOCUMENTS_FILE, PAIR, company_argument, type_argument
from clary.cli.frame import Face, as_json, command, example
from clary.cli.plan import CHANGES_SHOWN, HowToApply, applying_options
from clary.cli.progress import run_progress
from clary.cli.records import records

if TYPE_CHECKING:
    from datetime import date

    from clary.flows.operations.requests import Document, OperationOptions
    from clary.hub.documents import Added
    from clary.hub.installation import Installation
    from clary.hub.services.operations import Applied
    from clary.hub.services.plans import PlanAnswer
    from clary.kernel.errors import Finding

F = TypeVar("F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Stated:
    """What a person states about the documents, as the command's options say it."""

    fields: tuple[tuple[str, str], ...] = ()
    key: str | None = None
    idempotency_key: str | None = None
    expected_version: str | None = None
    tracked: tuple[tuple[str, str], ...] = ()
    source: str = "operations"
    batch: int = 100
    again: bool = False


def document_options(function: F) -> Callable[..., object]:
    """Add the options about documents; they arrive together as `stated`."""

    @functools.wraps(function)
    def collected(*arguments: object, **values: object) -> object:
        names = [each.name for each in fields(Stated) if each.name in values]
        stated = Stated(**{name: values.pop(name) for name in names})  # type: ignore[arg-type]  # the options below
        return function(*arguments, stated=stated, **values)

    dressed: Callable[..., object] = collected
    for option in reversed(_TRACKING):
        dressed = option(dressed)
    return dressed


_TRACKING = (
    click.option(
        "--idempotency-key",
        metavar="TEXT",
        help="Doing it again under the same key does nothing twice.",
    ),
    click.option(
        "--track",
        "tracked",
        type=PAIR,
        multiple=True,
        help="A mark that follows the documents and can be searched for.",
    ),
    click.option(
        "--source",
        default="operations",
        show_default=True,
        help="Name of the system that the documents come from.",
    ),
    click.option(
        "--again",
        is_flag=True,
        help="Post documents also where the very same content was posted before.",
    ),
    click.option(
        "--batch",
        type=click.IntRange(1, 1000),
        default=100,
        show_default=True,
        help="Documents read and planned at once.",
    ),
)
FIELD = click.option(
    "--field",
    "fields",
    type=PAIR,
    multiple=True,
    help="A field, such as name=Acme or bill_to.city=York.",
)
KEY = click.option("--key", help="Which record, where the documents do not say it.")
VERSION = click.option(
    "--expected-version",
    metavar="TEXT",
    help="Refuse if the record has changed since this version.",
)
FILE = click.argument("file", type=DOCUMENTS_FILE, required=False, metavar="[FILE|-]")


@command(records, "create", writes=True)
@company_argument
@type_argument
@FILE
@FIELD
@document_options
@applying_options
@example(
    "clary records create try customer --field id=ACME --field name='Acme Ltd'",
    "clary records create try sales_invoice invoices.jsonl --dry-run",
)
def create(
    face: Face,
    company: str,
    record_type: str,
    file: Path | None,
    *,
    stated: Stated,
    how: HowToApply,
    dry_run: bool,
) -> None:
    """Create records.

    FILE holds one JSON object, an array of them, or one object a line; - reads standard
    input. Every document gets exactly one result, and one that fails stops no other.
    """
    job = Job(face, company, record_type, "create", stated, how, dry_run=dry_run)
    job.run(file)


@command(records, "update", writes=True)
@company_argument
@type_argument
@FILE
@KEY
@FIELD
@click.option("--full", is_flag=True, help="Clear the fields that are not stated.")
@VERSION
@document_options
@applying_options
@example("clary records update try customer --key ACME --field due_days=45")
def update(
    face: Face,
    company: str,
    record_type: str,
    file: Path | None,
    *,
    full: bool,
    stated: Stated,
    how: HowToApply,
    dry_run: bool,
) -> None:
    """Change records.

    Only the fields that are stated change, unless --full is given.
    """
    job = Job(face, company, record_type, "update", stated, how, dry_run=dry_run)
    job.run(file, mode="full" if full else "sparse")


@command(records, "upsert", writes=True)
@company_argument
@type_argument
@FILE
@KEY
@FIELD
@click.option(
    "--on-missing",
    type=click.Choice(["create", "fail"]),
    default="create",
    show_default=True,
    help="What to do where there is no such record.",
)
@VERSION
@document_options
@applying_options
@example("clary records upsert try vendor vendors.jsonl")
def upsert(
    face: Face,
    company: str,
    record_type: str,
    file: Path | None,
    *,
    on_missing: str,
    stated: Stated,
    how: HowToApply,
    dry_run: bool,
) -> None:
    """Change records, or create those that are missing."""
    job = Job(face, company, record_type, "upsert", stated, how, dry_run=dry_run)
    job.run(file, on_missing=on_missing)


@command(records, "delete", writes=True)
@company_argument
@type_argument
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@VERSION
@document_options
@applying_options
@example("clary records delete try customer ACME")
def delete(
    face: Face,
    company: str,
    record_type: str,
    keys: tuple[str, ...],
    *,
    stated: Stated,
    how: HowToApply,
    dry_run: bool,
) -> None:
    """Delete records, as far as the books allow it."""
    job = Job(face, company, record_type, "delete", stated, how, dry_run=dry_run)
    job.run_keys(keys, f"Delete {len(keys)} of type {record_type} in {company}?")


@command(records, "act", writes=True)
@company_argument
@type_argument
@click.argument(
    "verb", type=click.Choice(["post", "void", "reverse", "allocate", "unallocate"]), metavar="VERB"
)
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@click.option("--date", "day", type=DAY, help="Day of a void or reversal.")
@FIELD
@document_options
@applying_options
@example("clary records act try sales_invoice void customer:ACME:1001 --date 2026-03-31")
def act(
    face: Face,
    company: str,
    record_type: str,
    verb: str,
    keys: tuple[str, ...],
    *,
    day: date | None,
    stated: Stated,
    how: HowToApply,
    dry_run: bool,
) -> None:
    """Post, void, reverse, allocate or unallocate documents.

    VERB is one of these five words; what it may be done to is for the edition to say.
    """
    more = (("date", day.isoformat()),) if day else ()
    stated = replace(stated, fields=(*stated.fields, *more))
    job = Job(face, company, record_type, "act", stated, how, dry_run=dry_run)
    job.run_keys(keys, f"{verb.capitalize()} {len(keys)} of type {record_type}?", verb=verb)


@dataclass(frozen=True, slots=True)
class Job:
    """One changing command from its documents to its results."""

    face: Face
    company: str
    record_type: str
    operation: str
    stated: Stated
    how: HowToApply
    dry_run: bool

    def run(self, file: Path | None, *, mode: str = "sparse", on_missing: str = "create") -> None:
        """Do it with the documents of a file or of the fields that were stated."""
        from clary.flows.operations.requests import Mode, OnMissing
        from clary.hub.documents import read_documents

        options = replace(self._options(), mode=Mode(mode), on_missing=OnMissing(on_missing))
        with self.face.installation() as installation:
            added = self._added(installation, self._body(installation))
            if file is not None:
                with _opened(file) as stream:
                    self._do(installation, read_documents(stream, added), options)
            elif self.stated.fields:
                self._do(installation, iter([_alone(added)]), options)
            else:
                message = "State a FILE (- for standard input), or fields with --field NAME=VALUE."
                raise click.UsageError(message)

    def run_keys(self, keys: tuple[str, ...], question: str, *, verb: str | None = None) -> None:
        """Do it with records that are named on the command line."""
        from clary.hub.documents import key_documents
        from clary.kernel.change import Verb

        options = replace(self._options(), verb=Verb(verb) if verb else None)
        with self.face.installation() as installation:
            body = dict(self.stated.fields) if verb else {}
            added = self._added(installation, body)
            if not self.dry_run:
                self.face.agree(question)
            self._do(installation, key_documents(keys, added), options)

    def _body(self, installation: Installation) -> dict[str, object]:
        from clary.hub.services.operations import body_of_fields

        if not self.stated.fields:
            return {}
        return body_of_fields(installation, self.company, self.record_type, self.stated.fields)

    def _added(self, _: Installation, body: Mapping[str, object]) -> Added:
        from clary.hub.documents import Added

        return Added(
            body=body,
            tracked=dict(self.stated.tracked),
            key=self.stated.key,
            idempotency_key=self.stated.idempotency_key,
            expected_version=self.stated.expected_version,
        )

    def _options(self) -> OperationOptions:
        from clary.flows.operations.requests import OnError, OperationOptions
        from clary.kernel.identifiers import new_id

        on_error = OnError.STOP if self.how.stop_on_error else OnError.CONTINUE
        return OperationOptions(
            on_error=on_error,
            batch=self.stated.batch,
            source=self.stated.source,
            request=new_id("request") if self.stated.again else "",
        )

    def _do(
        self, installation: Installation, documents: Iterator[Document], options: OperationOptions
    ) -> None:
        from clary.flows.operations.requests import Operation
        from clary.hub.services.operations import Asked, apply_operation, plan_operation

        asked = Asked(Operation(self.operation), self.record_type, documents, options)
        planned = plan_operation(installation, self.company, asked)
        if self.dry_run:
            show_planned(self.face, installation, planned)
            return
        with run_progress(self.face, f"Writing to {self.company}") as progress:
            applied = apply_operation(installation, planned, self.how.applying(self.face, progress))
        show_applied(self.face, installation, applied)


def _alone(added: Added) -> Document:
    from clary.flows.operations.requests import Document

    return added.to(Document("1"))


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    if str(file) == "-":
        yield sys.stdin
        return
    with file.open(encoding="utf-8-sig") as stream:
        yield stream


def show_planned(face: Face, installation: Installation, planned: PlanAnswer) -> None:
    """Print what would be done with each document, and end with the plan's exit code."""
    from clary.cli.show_work import show_preview
    from clary.hub.services.plans import plan_findings, plan_remarks, plan_rows

    plan = planned.plan
    rows = plan_rows(installation, plan.id)
    if face.json:
        remarks = as_json(plan_remarks(installation, plan.id))
        head = {"plan": planned.as_dict(), "run": None, "remarks": remarks}
        face.answer_stream(head, "preview", (row.as_dict() for row in rows))
    else:
        findings = plan_findings(installation, plan.id)
        face.answer({}, lambda out: show_preview(out, plan, rows, findings, CHANGES_SHOWN))
    click.get_current_context().exit(planned.exit_status)


def show_applied(
    face: Face, installation: Installation, applied: Applied, doubts: Sequence[Finding] = ()
) -> None:
    """Print what was done with each document, and end with the run's exit code."""
    from clary.cli.show_work import show_documents
    from clary.hub.services.operations import operation_results
    from clary.hub.services.runs import run_remarks

    run = applied.run.run
    found = operation_results(installation, applied)
    remarks = run_remarks(installation, run.id)
    if face.json:
        head = {**applied.head(), "remarks": as_json(remarks), "doubts": as_json(doubts)}
        face.answer_stream(head, "results", (result.as_dict() for result in found))
    else:
        face.answer({}, lambda out: show_documents(out, run, found, [*remarks, *doubts]))
    click.get_current_context().exit(applied.exit_status)
