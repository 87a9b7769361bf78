"""How plans and runs look to a person: what would be done, and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from clary.cli.show import STATE_STYLES, counted, grouped, new_table, show_findings, styled
from clary.kernel.change import JsonValue
from clary.kernel.errors import Severity

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from clary.engine.journal import JournalEntry
    from clary.engine.plan import PlanSummary
    from clary.engine.runs import RunSummary
    from clary.flows.operations.preview import FieldChange, PreviewRow
    from clary.flows.operations.requests import OperationResult
    from clary.hub.work import WorkItem
    from clary.kernel.errors import Finding

DOCUMENTS_SHOWN = 20
PROBLEMS_OF_A_KIND = 5
FIELDS_SHOWN = 5
VALUE_LENGTH = 40
SPOKEN: Mapping[str, str] = {"invoice_payment": "payment of invoice"}
"""What records are called that only ids name; the number of their document follows."""

_SHAPES: Mapping[str, Callable[[str], str]] = {"amount": grouped, "date": str}
"""The fields of such records that say something to people, and how each is shown."""


def show_plan(out: Console, plan: PlanSummary, waiting: WorkItem | None = None) -> None:
    """Print what a plan holds, in a few lines, and as which piece of work it waits."""
    header = plan.header
    out.print(
        f"[bold]Plan[/bold] {plan.id}  {header.flow} for {header.company}, {styled(plan.state)}",
        soft_wrap=True,
    )
    if header.note:
        out.print(f"  {header.note}", markup=False, soft_wrap=True)
    counts = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in plan.counts.items())
    out.print(f"  {counted(plan.changes, 'change')}{f': {counts}' if counts else ''}")
    if plan.totals:
        totals = ", ".join(f"{currency} {grouped(text)}" for currency, text in plan.totals.items())
        out.print(f"  Documents total {totals}")
    if plan.rejected:
        out.print(f"  [red]{counted(plan.rejected, 'document')} ruled out[/red], see below")
    if plan.blocked:
        out.print(f"  [red]cannot be applied[/red]: {', '.join(plan.blocked)}")
    if plan.run:
        out.print(f"  Applied by run {plan.run}")
    if waiting is not None:
        out.print(f"  {_standing(waiting)}", markup=False, soft_wrap=True)


def _standing(item: WorkItem) -> str:
    """Return in words how the work stands as which a plan waits."""
    how = "waits" if item.state == "waiting" else "was set aside"
    why = f": {item.reason} ({item.reason_code})" if item.reason_code else ""
    return f"Its work for {item.company}, number {item.serial}, {how}{why}"


def show_rows(
    out: Console, rows: Iterable[PreviewRow], tell: Callable[[PreviewRow], str] | None = None
) -> int:
    """Print what a plan will do as a table below the rest; return the number of its last row.

    `tell` says in one line what is done with a record; `told` does if there is none.
    """
    from rich.text import Text

    table = new_table(">#", "=Does", "Record", "What")
    last = 0
    for row in rows:
        last = row.number
        does = "[red]ruled out[/red]" if row.rejected else row.action
        key = f"{row.record_type} {row.key or _name(row)}".strip()
        record = _spoken(row.record_type, row.document) or key
        table.add_row(str(row.number), does, Text(record), Text((tell or told)(row)))
    if last:
        out.print()
        out.print(table)
    return last


def _spoken(record_type: str, document: str | None) -> str | None:
    """Return what a record is called that only ids name; none for all others."""
    word = SPOKEN.get(record_type)
    return f"{word} {document}" if word and document else None


def _name(row: PreviewRow) -> str:
    """Return what a new record is called, as far as its document says."""
    stated = {each.field: each.after for each in row.fields}
    known = (stated[name] for name in ("id", "number") if stated.get(name))
    return str(next(known, f"(document {row.document})"))


def told(row: PreviewRow) -> str:
    """Return in one line what is done with a record."""
    if row.record_type in SPOKEN:
        row = replace(row, fields=tuple(_for_people(row.fields)))
    if row.action == "create":
        return _some([f"{f.field} {_value(f.after)}" for f in row.fields if f.field != "id"], ", ")
    if row.action == "delete":
        return _some([f"{f.field} {_value(f.before)}" for f in row.fields if f.field != "id"], ", ")
    if row.action == "none":
        return "nothing to do"
    return _some(
        [
            f"{each.field}: {_value(each.before)} → {_value(each.after)}"
            for each in row.fields
            if each.before != each.after
        ]
    )


def _for_people(fields: Iterable[FieldChange]) -> Iterator[FieldChange]:
    """Yield the fields of a record that only ids name which say something to a bookkeeper."""
    for each in fields:
        shape = _SHAPES.get(each.field)
        values = (each.before, each.after)
        if shape is not None and any(values):
            before, after = (value and shape(str(value)) for value in values)
            yield replace(each, before=before, after=after)


def _some(parts: list[str], separator: str = "; ") -> str:
    more = len(parts) - FIELDS_SHOWN
    return separator.join(parts[:FIELDS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _value(value: JsonValue) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        value = f"({', '.join(str(inner) for inner in value.values())})"
    if isinstance(value, list | tuple):
        return counted(len(value), "entry", "entries")
    text = str(value)
    return text if len(text) <= VALUE_LENGTH else f"{text[: VALUE_LENGTH - 1]}…"


def show_run(out: Console, run: RunSummary) -> None:
    """Print how a run stands, in a few lines."""
    what = f"{run.flow} for {run.company}"
    out.print(f"[bold]Run[/bold] {run.id}  {what}: {styled(run.state)}", soft_wrap=True)
    if run.undoes:
        out.print(f"  Takes back run {run.undoes}")
    out.print(f"  {run.planned:,} planned: {counts_of(run, styles=True)}")
    if run.undone:
        out.print(f"  {run.undone:,} of the applied taken back since")
    for plan in run.refusal.plans if run.refusal else ():
        out.print(f"  Its plan can be applied again: clary plan show {plan}", soft_wrap=True)
    if run.pending:
        out.print(f"  To go on with it: clary runs resume {run.id}", soft_wrap=True)


def counts_of(run: RunSummary, *, styles: bool = False) -> str:
    """Return in words how the changes of a run ended."""
    counts = {
        "confirmed": (run.applied, "applied"),
        "skipped": (run.skipped, "there already"),
        "rejected": (run.rejected, "rejected"),
        "pending": (run.pending, "pending"),
        "failed": (run.failed, "failed"),
    }
    parts = []
    for state, (count, word) in counts.items():
        if count:
            text = f"{count:,} {word}"
            parts.append(f"[{STATE_STYLES[state]}]{text}[/]" if styles else text)
    return ", ".join(parts) or "nothing done"


def show_results(
    out: Console, run: RunSummary, entries: Iterable[JournalEntry], most: int | None = None
) -> list[Finding]:
    """Print how the first `most` changes ended as a table; return the findings of all."""
    from rich.text import Text

    table = new_table(">#", "Record", "Outcome", "Done", "Document")
    findings: list[Finding] = []
    for count, entry in enumerate(entries):
        findings.extend(entry.findings)
        if most is not None and count >= most:
            continue
        state = entry.state.shown.value
        shown = f"{styled(state)}, taken back" if entry.undone_by else styled(state)
        document = Text(entry.document or "")
        record = Text(_spoken(entry.record_type, entry.document) or entry.record)
        table.add_row(str(entry.number), record, shown, entry.taken, document)
    if table.row_count:
        out.print()
        out.print(table)
    if most is not None and run.planned > most:
        out.print(f"… {run.planned - most:,} more: clary runs show {run.id} --all", soft_wrap=True)
    return findings


def show_problems(out: Console, findings: Iterable[Finding]) -> None:
    """Print findings; of many of one kind a few, and how many more there are."""
    shown: list[Finding] = []
    kinds: Counter[str] = Counter()
    for finding in _merged(findings):
        kinds[finding.code] += 1
        if kinds[finding.code] <= PROBLEMS_OF_A_KIND:
            shown.append(finding)
    if shown:
        out.print()
        show_findings(out, shown)
    for code, count in kinds.items():
        if count > PROBLEMS_OF_A_KIND:
            out.print(f"… and {count - PROBLEMS_OF_A_KIND:,} more of {code}", style="dim")


def _merged(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Yield findings; of mere warnings that are alike but for the record the first, counted."""
    alike: dict[Finding, list[str | None]] = {}
    for finding in findings:
        if finding.severity is Severity.ERROR:
            yield finding
        else:
            alike.setdefault(replace(finding, record=None), []).append(finding.record)
    for finding, (first, *others) in alike.items():
        more = f" and {len(others):,} more" if others and first else ""
        yield replace(finding, record=f"{first}{more}" if first else None)


def show_preview(
    out: Console,
    plan: PlanSummary,
    rows: Iterable[PreviewRow],
    findings: Iterable[Finding],
    most: int,
) -> None:
    """Print what a plan would do, its first `most` documents as a table, and how to do it."""
    show_plan(out, plan)
    last = show_rows(out, islice(rows, most))
    if last < plan.changes:
        out.print(f"… {plan.changes - last:,} more: clary plan show {plan.id} --after {last}")
    show_problems(out, findings)
    out.print("\nNothing was written.", end="")
    if not plan.blocked and plan.rejected < plan.changes:
        out.print(f" To do it: clary plan apply {plan.id}", end="")
    out.print()


def show_documents(
    out: Console,
    run: RunSummary,
    results: Iterable[OperationResult],
    remarks: Sequence[Finding] = (),
) -> None:
    """Print how the documents of a request ended, and what is to be said of them all.

    A few are listed one by one; of many, what was done is counted, and only those that
    did not succeed are listed.
    """
    table = new_table("Document", "=Outcome", "=Done", "Record")
    taken: Counter[str] = Counter()
    findings: list[Finding] = []
    for result in results:
        taken[result.action_taken] += 1
        findings += [*result.findings, *result.warnings]
        wanted = run.planned <= DOCUMENTS_SHOWN or result.status != "success"
        if wanted and table.row_count < DOCUMENTS_SHOWN:
            _add_document(table, result)
    show_run(out, run)
    if run.planned > DOCUMENTS_SHOWN:
        words = {"none": "nothing to do or not done"}
        counts = ", ".join(f"{count:,} {words.get(word, word)}" for word, count in taken.items())
        out.print(f"  {counts}")
        out.print(f"  One by one: clary runs show {run.id} --all", soft_wrap=True)
    if table.row_count:
        out.print()
        out.print(table)
    show_problems(out, [*findings, *remarks])


def _add_document(table: Table, result: OperationResult) -> None:
    from rich.text import Text

    key = Text(result.key or "")
    table.add_row(Text(result.document), styled(result.status), result.action_taken, key)
