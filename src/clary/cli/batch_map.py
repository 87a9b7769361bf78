"""`clary batch map`: what a reference of ConnectWise becomes where the rules do not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import click

from clary.cli.arguments import company_argument
from clary.cli.frame import Face, Group, command, example

if TYPE_CHECKING:
    from rich.console import Console

    from clary.flows.batch.overrides import MappingKind, Override

F = TypeVar("F", bound=Callable[..., object])

KIND = click.Choice(
    ["account", "customer", "vendor", "item", "item_class", "tax_code", "tax_agency", "department"]
)


@click.group(cls=Group)
def mapping() -> None:
    """Decide what a reference of ConnectWise becomes in a company.

    The rules come first: account number = customer ID, vendor xref = vendor ID, product ID =
    item ID. Decisions are for what does not fit, and none is ever forgotten.
    """


def _places(function: F) -> F:
    """Add the arguments APP and COMPANY."""
    return click.argument("app", metavar="APP")(company_argument(function))


def _reference(function: F) -> F:
    """Add the arguments KIND and SOURCE."""
    return click.argument("kind", type=KIND, metavar="KIND")(click.argument("source")(function))


def _kind(name: str) -> MappingKind:
    from clary.flows.batch.overrides import MappingKind

    return MappingKind(name)


@command(mapping, "list")
@_places
@example("clary batch map list psa acme")
def list_(face: Face, app: str, company: str) -> None:
    """List the decisions that hold."""
    from clary.hub.services.batch_mappings import list_mappings

    with face.installation() as installation:
        found = list_mappings(installation, app, company)
    _answer(face, found)


@command(mapping, "history")
@_places
@click.argument("kind", type=KIND, metavar="[KIND]", required=False)
@click.argument("source", metavar="[SOURCE]", required=False)
@example("clary batch map history psa acme customer ACME")
def history(face: Face, app: str, company: str, kind: str | None, source: str | None) -> None:
    """List all decisions ever made, of one reference or of all."""
    from clary.hub.services.batch_mappings import list_mappings, mapping_history

    with face.installation() as installation:
        if kind is None or source is None:
            found = list_mappings(installation, app, company, history=True)
            found = [each for each in found if kind is None or each.kind == kind]
        else:
            found = mapping_history(installation, app, company, _kind(kind), source)
    _answer(face, found)


def _answer(face: Face, found: Sequence[Override]) -> None:
    from clary.cli.show import show_table
    from clary.hub.services.batch_mappings import mapping_dict

    def show(out: Console) -> None:
        rows = [
            (
                each.kind.value,
                each.source,
                each.target,
                each.author,
                f"{each.created_at:%Y-%m-%d %H:%M}",
                ""
                if each.superseded_at is None
                else f"until {each.superseded_at:%Y-%m-%d %H:%M} ({each.superseded_by})",
            )
            for each in found
        ]
        show_table(out, ("Kind", "Source", "Becomes", "By", "=Since (UTC)", "Replaced"), rows)

    face.answer({"mappings": [mapping_dict(each) for each in found]}, show)


@command(mapping, "set", writes=True)
@_places
@_reference
@click.argument("target")
@example("clary batch map set psa acme account 4000-SVC 40100")
def set_(
    face: Face, app: str, company: str, kind: str, source: str, target: str, *, dry_run: bool
) -> None:
    """Decide what a reference becomes; the history stays."""
    from clary.hub.services.batch_mappings import mapping_dict, set_mapping

    with face.installation() as installation:
        made = set_mapping(installation, app, company, _kind(kind), source, target, dry_run=dry_run)
    word = "would become" if dry_run else "becomes"
    face.answer(
        mapping_dict(made),
        lambda out: out.print(f"{kind} {source} {word} {made.target}.", markup=False),
    )


@command(mapping, "remove", writes=True)
@_places
@_reference
@example("clary batch map remove psa acme account 4000-SVC")
def remove(face: Face, app: str, company: str, kind: str, source: str, *, dry_run: bool) -> None:
    """Remove a decision; the rules hold again."""
    from clary.hub.services.batch_mappings import mapping_history, remove_mapping

    with face.installation() as installation:
        if not dry_run:
            remove_mapping(installation, app, company, _kind(kind), source)
        found = mapping_history(installation, app, company, _kind(kind), source)
    _answer(face, found)


@command(mapping, "suggest")
@company_argument
@_reference
@click.option("--name", default="", help="What ConnectWise calls it.")
@example("clary batch map suggest acme customer ACMEINC --name 'Acme Incorporated'")
def suggest(face: Face, company: str, kind: str, source: str, name: str) -> None:
    """Show what a reference may have meant; nothing is applied."""
    from clary.cli.show import show_table
    from clary.hub.services.batch_mappings import suggest_mappings

    with face.installation() as installation:
        found = suggest_mappings(installation, company, _kind(kind), source, name)

    def show(out: Console) -> None:
        if not found:
            out.print("Nothing in the books is like it.")
            return
        rows = [(each.id, each.name, f"{each.likeness} %") for each in found]
        show_table(out, ("=ID", "Name", ">Alike"), rows)

    document = {
        "suggestions": [
            {"id": each.id, "name": each.name, "likeness": each.likeness} for each in found
        ]
    }
    face.answer(document, show)
