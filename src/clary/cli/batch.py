"""`clary batch`: what ConnectWise has billed becomes documents in the books, once each."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from clary.cli.arguments import DAY, NEW_FILE, company_argument
from clary.cli.frame import Face, Group, command, console, example
from clary.cli.plan import HowToApply, applying_options

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.installation import Installation
    from clary.hub.services.batch_running import BatchRun
    from clary.hub.services.batches import BatchAsked, BatchPlanned

F = TypeVar("F", bound=Callable[..., object])

KINDS = ("invoices", "expenses", "procurement")


@click.group(
    cls=Group,
    lazy={
        "rerun": "clary.cli.batch_back:rerun",
        "verify": "clary.cli.batch_back:verify",
        "unbatch": "clary.cli.batch_back:unbatch",
        "clear": "clary.cli.batch_back:clear",
        "why": "clary.cli.batch_back:why",
        "map": "clary.cli.batch_map:mapping",
    },
)
def batch() -> None:
    """Post what waits in ConnectWise, and mark it there as posted.

    APP is the name of a ConnectWise connection (`clary app list`).
    """


def app_argument(function: F) -> F:
    """Add the argument APP."""
    return click.argument("app", metavar="APP")(function)


def kinds_of(names: tuple[str, ...]) -> frozenset[object]:
    """Return the kinds that an option names."""
    from clary.flows.batch.kinds import Kind

    words = dict(zip(KINDS, Kind, strict=True))
    return frozenset(words[name] for name in names)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which documents a person means, as the command's options say it."""

    location: str = ""
    through: date | None = None
    kinds: tuple[str, ...] = ()
    detail: str = "Default"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def asked(self, **more: object) -> BatchAsked:
        """Return it as the services take it."""
        from clary.flows.batch.kinds import DetailLevel
        from clary.hub.services.batches import BatchAsked

        return BatchAsked(
            location=self.location,
            through=self.through,
            kinds=kinds_of(self.kinds),  # type: ignore[arg-type]  # kinds by their words
            detail=DetailLevel(self.detail),
            include=frozenset(self.include),
            exclude=frozenset(self.exclude),
            **more,  # type: ignore[arg-type]  # the caller's own options
        )


_SELECTION = (
    click.option("--location", default="", help="Only this location; all where it is left out."),
    click.option("--through", type=DAY, help="Last day of the documents (default: today)."),
    click.option(
        "--kinds",
        type=click.Choice(KINDS),
        multiple=True,
        help="Only these kinds; may be repeated. All where it is left out.",
    ),
    click.option(
        "--detail",
        type=click.Choice(["Default", "Condensed", "Detailed"], case_sensitive=False),
        default="Default",
        show_default=True,
        help="How much text the lines of invoices carry.",
    ),
    click.option("--include", multiple=True, metavar="NUMBER", help="Only these documents."),
    click.option("--exclude", multiple=True, metavar="NUMBER", help="Not these documents."),
)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a person decided about the batch, as the command's options say it."""

    number: str = ""
    rest_of: str = ""
    split: bool = False
    batch_per: str | None = None
    initials: str = ""
    confirm_new: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    repost: tuple[str, ...] = ()
    handled: tuple[str, ...] = ()

    def values(self) -> dict[str, object]:
        """Return it as the services take it."""
        from clary.flows.batch.requests import BatchPer, Decisions

        names = {name: frozenset(getattr(self, name)) for name in _DECISIONS}
        return {
            "number": self.number,
            "rest_of": self.rest_of,
            "split": self.split,
            "batch_per": None if self.batch_per is None else BatchPer(self.batch_per),
            "initials": self.initials,
            "confirmed": frozenset(self.confirm_new),
            "decisions": Decisions(**names),
        }


_DECISIONS = ("same", "other", "repost", "handled")
_SETTLING = (
    click.option("--number", default="", help="Number of the batch, such as 20260131AL-I."),
    click.option(
        "--rest-of",
        default="",
        metavar="NUMBER",
        help="Only what was left over of a batch; its number with -1, -2 ... is used.",
    ),
    click.option(
        "--split", is_flag=True, help="One batch for each kind: the number with -I, -E and -P."
    ),
    click.option(
        "--batch-per",
        type=click.Choice(["run", "document"]),
        help="One batch for all, or one for each document (default: as the connection says).",
    ),
    click.option("--initials", default="", help="Initials in the suggested number."),
    click.option(
        "--confirm-new",
        multiple=True,
        metavar="TYPE:ID",
        help="Create this record where the setting asks first, such as customer:ACME.",
    ),
    click.option(
        "--same",
        multiple=True,
        metavar="NUMBER",
        help="The document found in the books, entered by hand, is this one.",
    ),
    click.option(
        "--other", multiple=True, metavar="NUMBER", help="It is another one; post this as well."
    ),
    click.option(
        "--repost",
        multiple=True,
        metavar="NUMBER",
        help="It changed after it was posted: take that back and post it anew.",
    ),
    click.option(
        "--handled",
        multiple=True,
        metavar="NUMBER",
        help="Mark it as posted in ConnectWise; post nothing.",
    ),
)


def collected(kind: type, name: str, options: tuple[Callable[[F], F], ...]) -> Callable[[F], F]:
    """Return a decorator that adds options which arrive together as one object."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def gathered(*arguments: object, **values: object) -> object:
            names = [each.name for each in fields(kind)]
            values[name] = kind(**{each: values.pop(each) for each in names})
            return function(*arguments, **values)

        dressed: Callable[..., object] = gathered
        for option in reversed(options):
            dressed = option(dressed)
        return dressed  # type: ignore[return-value]  # it takes the options' values instead

    return decorate


selection_options = collected(Chosen, "chosen", _SELECTION)
settling_options = collected(Settled, "settled", _SETTLING)


# --- what waits -------------------------------------------------------------------------


@command(batch, "locations")
@app_argument
@click.option("--through", type=DAY, help="Only what is dated until this day.")
@example("clary batch locations psa")
def locations(face: Face, app: str, through: date | None) -> None:
    """List the locations where something waits to be posted."""
    from clary.cli.show_batch import show_locations
    from clary.hub.services.batches import list_locations

    with face.installation() as installation:
        found = list_locations(installation, app, through)
    document = {
        "locations": [
            {
                "id": each.place.id,
                "name": each.place.name,
                "waiting": {kind.value: count for kind, count in each.counts.items()},
            }
            for each in found
        ]
    }
    face.answer(document, lambda out: show_locations(out, found))


@command(batch, "unposted")
@app_argument
@selection_options
@example("clary batch unposted psa --location 'Main Office' --kinds invoices")
def unposted(face: Face, app: str, *, chosen: Chosen) -> None:
    """List what waits to be posted."""
    from clary.cli.show_batch import show_unposted
    from clary.hub.services.batches import list_unposted

    with face.installation() as installation:
        found = list_unposted(installation, app, chosen.asked())
    if face.json:
        face.answer_stream({"app": app}, "documents", (each.as_body() for each in found))
        return
    face.answer({}, lambda out: show_unposted(out, found))


# --- plan and run -----------------------------------------------------------------------


@command(batch, "plan")
@app_argument
@company_argument
@selection_options
@settling_options
@example("clary batch plan psa acme --number 20260131AL-I --kinds invoices --through 2026-01-31")
def plan(face: Face, app: str, company: str, *, chosen: Chosen, settled: Settled) -> None:
    """Show what a batch would post, and what stands against it.

    Nothing is written to the company or to ConnectWise; the plan stays stored.
    """
    from clary.hub.services.batches import plan_a_batch

    with face.installation() as installation:
        asked = chosen.asked(**settled.values())
        planned = plan_a_batch(installation, app, company, asked)
        tell_plan(face, installation, planned)


def tell_plan(face: Face, installation: Installation, planned: BatchPlanned) -> None:
    """Print a plan, and end with its exit code."""
    if face.json:
        _plan_json(face, installation, planned)
    else:
        face.answer({}, lambda out: print_plan(out, installation, planned))
    click.get_current_context().exit(planned.exit_status)


def _plan_json(face: Face, installation: Installation, planned: BatchPlanned) -> None:
    from clary.hub.services.batches import batch_documents, document_dict
    from clary.hub.services.plans import plan_findings

    found = [each.as_dict() for each in plan_findings(installation, planned.plan.plan.id)]
    documents = (
        {"batch": view.batch.identifier, **document_dict(each, view)}
        for view in planned.batches
        for each in batch_documents(installation, view)
    )
    head = {**planned.as_dict(), "findings_listed": found}
    face.answer_stream(head, "listed", documents)


def print_plan(
    out: Console,
    installation: Installation,
    planned: BatchPlanned,
    *,
    confirmed: frozenset[str] | None = None,
) -> None:
    """Print what a plan would post, and how to go on.

    Args:
        out: where to.
        installation: whose plan.
        planned: the plan.
        confirmed: what a person has confirmed who is asked next; none where nobody is.
    """
    from clary.cli.show_batch import show_planned
    from clary.hub.services.batches import batch_documents
    from clary.hub.services.plans import plan_findings

    plan = planned.plan.plan
    documents = (each for view in planned.batches for each in batch_documents(installation, view))
    show_planned(out, planned, documents, plan_findings(installation, plan.id))
    if planned.splits and confirmed is None:
        numbers = ", ".join(planned.splits)
        out.print(f"\nFor one batch of each kind ({numbers}): --split", soft_wrap=True)
    out.print(f"\nNothing was written{_going_on(planned, confirmed)}", soft_wrap=True)


def _going_on(planned: BatchPlanned, confirmed: frozenset[str] | None) -> str:
    plan = planned.plan.plan
    blocked = set(plan.blocked) - (confirmed or frozenset())
    if blocked - {"BATCH_BLOCKED"}:
        return ". Mend what stands against it, then plan again."
    if confirmed is not None:
        return ". The good documents alone: the same with --good-only" if blocked else " yet."
    if plan.blocked:
        command = f"clary plan apply {plan.id} --confirm BATCH_BLOCKED"
        return f". The good documents alone: {command}"
    return f". To do it: clary plan apply {plan.id}" if plan.changes > plan.rejected else "."


@command(batch, "run", writes=True)
@app_argument
@company_argument
@selection_options
@settling_options
@click.option(
    "--good-only",
    is_flag=True,
    help="Let the good documents go although others cannot be posted; those stay queued.",
)
@click.option("--no-verify", is_flag=True, help="Do not compare the books afterwards.")
@click.option("--save-errors", type=NEW_FILE, help="Write what failed, with remedies, to a file.")
@click.option("--save-log", type=NEW_FILE, help="Write everything that happened to a file.")
@applying_options
@example("clary batch run psa acme --number 20260131AL-I --kinds invoices")
def run(
    face: Face,
    app: str,
    company: str,
    *,
    chosen: Chosen,
    settled: Settled,
    good_only: bool,
    no_verify: bool,
    save_errors: Path | None,
    save_log: Path | None,
    how: HowToApply,
    dry_run: bool,
) -> None:
    """Post what waits, then mark it in ConnectWise as posted.

    Customers, vendors and items that are missing are created first. A document that Sage
    rejects stays queued, and everything that is in the books goes into the batch.
    """
    from clary.hub.services.batches import plan_a_batch

    with face.installation() as installation:
        asked = chosen.asked(**settled.values())
        planned = plan_a_batch(installation, app, company, asked)
        if dry_run:
            tell_plan(face, installation, planned)
        if face.asks:
            confirmed = frozenset((*how.confirmed, *(["BATCH_BLOCKED"] if good_only else [])))
            planned = _looked_at(face, installation, planned, asked, confirmed)
        job = Applied(face, installation, how, good_only=good_only, verify=not no_verify)
        answer = job.run(planned)
        job.save(answer, save_errors, save_log)
        tell_run(face, answer)


def _looked_at(
    face: Face,
    installation: Installation,
    planned: BatchPlanned,
    asked: BatchAsked,
    confirmed: frozenset[str],
) -> BatchPlanned:
    """Let a person look at a plan, split it or not, and agree; return what was agreed to.

    Where something stands against it there is nothing to agree to: it is told and stays.

    Raises:
        click.Abort: the person does not agree.
    """
    from clary.hub.services.batches import plan_a_batch

    out = console(sys.stderr)
    print_plan(out, installation, planned, confirmed=confirmed)
    numbers = ", ".join(planned.splits)
    if numbers and click.confirm(f"Make one batch of each kind instead ({numbers})?", err=True):
        batch = planned.batches[0].batch
        asked = replace(asked, split=True)
        planned = plan_a_batch(installation, batch.app, batch.company, asked)
        print_plan(out, installation, planned, confirmed=confirmed)
    if set(planned.plan.plan.blocked) <= confirmed:
        face.agree("Post this?")
    return planned


@dataclass(frozen=True, slots=True)
class Applied:
    """One plan of a batch on its way through the executor."""

    face: Face
    installation: Installation
    how: HowToApply
    good_only: bool = False
    verify: bool = True

    def run(self, planned: BatchPlanned) -> BatchRun:
        """Apply the plan, with progress and what happens on the way."""
        from clary.cli.progress import run_progress
        from clary.hub.services.batch_running import run_a_batch

        plan = planned.plan.plan
        title = f"Posting to {plan.header.company}"
        with run_progress(self.face, title, self.installation) as progress:
            applying = self.how.applying(self.face, progress)
            return run_a_batch(
                self.installation,
                plan.id,
                applying,
                good_only=self.good_only,
                verify=self.verify,
            )

    def save(self, answer: BatchRun, errors: Path | None, log: Path | None) -> None:
        """Write the files that were asked for."""
        from clary.hub.services.batch_log import error_lines, log_lines

        if errors is not None:
            _write(errors, error_lines(answer))
        if log is not None:
            _write(log, log_lines(self.installation, answer))


def _write(file: Path, lines: object) -> None:
    with file.open("w", encoding="utf-8") as stream:
        for line in lines:  # type: ignore[attr-defined]  # an iterable of texts
            stream.write(f"{line}\n")


def tell_run(face: Face, answer: BatchRun) -> None:
    """Print how a batch run ended, and end with its exit code."""
    from clary.cli.show_batch import show_batch_run

    face.answer(answer.as_dict(), lambda out: show_batch_run(out, answer))
    click.get_current_context().exit(answer.exit_status)


# --- afterwards -------------------------------------------------------------------------


@command(batch, "list")
@click.argument("app", metavar="[APP]", required=False)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="How many (default: 20).")
@example("clary batch list psa")
def list_(face: Face, app: str | None, limit: int) -> None:
    """List batches, the newest first."""
    from clary.cli.show_batch import show_batches
    from clary.hub.services.batches import list_batches

    with face.installation() as installation:
        views = list_batches(installation, app, limit)
    face.answer(
        {"batches": [view.as_dict() for view in views]}, lambda out: show_batches(out, views)
    )


@command(batch, "show")
@app_argument
@click.argument("number")
@example("clary batch show psa 20260131AL-I")
def show(face: Face, app: str, number: str) -> None:
    """Show a batch: its documents, and how they stand."""
    from clary.cli.show_batch import show_batch
    from clary.hub.services import batches

    with face.installation() as installation:
        view = batches.show_batch(installation, app, number)
        documents = batches.batch_documents(installation, view)
        if face.json:
            listed = (batches.document_dict(each, view) for each in documents)
            face.answer_stream(view.as_dict(), "listed", listed)
            return
        face.answer({}, lambda out: show_batch(out, view, documents))
