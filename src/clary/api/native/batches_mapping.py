"""Routes of decisions about what a reference of ConnectWise becomes in a company."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from clary.api.native.batches import AppNamed
from clary.api.native.calls import Call, Reply
from clary.api.native.problems import PARAMETER_UNFIT
from clary.api.native.routes import Route
from clary.api.native.shown import AT
from clary.api.native.values import Asked, Flag, Name, Paged, Shown, Writing
from clary.api.native.whole_lists import page_of_all
from clary.flows.batch.overrides import MappingKind, Override
from clary.hub.services import batch_mappings as service
from clary.kernel.clock import timestamp

TAG: Final = "batches"
MAPPINGS: Final = "/companies/{company}/mappings"
ONE: Final = "/companies/{company}/mappings/{kind}/{source}"
PLACES: Final = {"kind": "account", "source": "4000-SVC"}

KindOfReference = Literal[
    "account",
    "customer",
    "vendor",
    "item",
    "item_class",
    "tax_code",
    "tax_agency",
    "department",
]


class MappingsAsked(Paged, AppNamed):
    """Parameters of the list of decisions."""

    history: Flag = Field(default=False, description="List those that no longer hold, too.")
    kind: KindOfReference | None = Field(default=None, description="Only those of this kind.")


class MappingWriting(Writing, AppNamed):
    """Parameters of a change of a decision."""


class MappingDecided(Asked):
    """What a reference becomes."""

    target: Name


class SuggestionsAsked(Asked):
    """Parameters of suggestions."""

    kind: KindOfReference
    source: Name
    name: Annotated[str, Field(max_length=200)] = Field(
        default="", description="What ConnectWise calls it."
    )


class MappingShown(Shown):
    """One decision."""

    kind: str
    source: str
    target: str
    author: str
    created_at: str
    superseded_at: str | None
    superseded_by: str | None


class Mappings(Shown):
    """A page of decisions."""

    items: list[MappingShown]
    next: str | None


class MappingHistory(Shown):
    """All decisions about one reference, the oldest first."""

    items: list[MappingShown]


class SuggestionShown(Shown):
    """A record that may have been meant."""

    id: str
    name: str
    likeness: int


class SuggestionsShown(Shown):
    """Records that may have been meant, the likeliest first."""

    items: list[SuggestionShown]


def list_(call: Call) -> Reply:
    """List decisions."""
    asked = call.query(MappingsAsked)
    found = service.list_mappings(
        call.installation, asked.app, call["company"], history=asked.history
    )
    if asked.kind is not None:
        found = [each for each in found if each.kind == asked.kind]
    items, end = page_of_all(call, found, _place)
    return call.paged([service.mapping_dict(each) for each in items], end)


def _place(override: Override) -> list[str]:
    return [override.kind.value, override.source.strip().casefold(), timestamp(override.created_at)]


def put(call: Call) -> Reply:
    """Decide what a reference becomes."""
    asked = call.query(MappingWriting)
    made = service.set_mapping(
        call.installation,
        asked.app,
        call["company"],
        _kind(call),
        call["source"],
        call.body(MappingDecided).target,
        dry_run=asked.dry_run,
    )
    return Reply.of(service.mapping_dict(made))


def remove(call: Call) -> Reply:
    """Remove a decision; the rules hold again."""
    asked = call.query(MappingWriting)
    named = (call.installation, asked.app, call["company"], _kind(call), call["source"])
    if not asked.dry_run:
        service.remove_mapping(*named)
    found = service.mapping_history(*named)
    return Reply.of({"items": [service.mapping_dict(each) for each in found]})


def suggest(call: Call) -> Reply:
    """Show what a reference may have meant; nothing is applied."""
    asked = call.query(SuggestionsAsked)
    found = service.suggest_mappings(
        call.installation, call["company"], MappingKind(asked.kind), asked.source, asked.name
    )
    items = [{"id": each.id, "name": each.name, "likeness": each.likeness} for each in found]
    return Reply.of({"items": items})


def _kind(call: Call) -> MappingKind:
    """Return the kind of reference that the path names.

    Raises:
        Rejected: there is none (PARAMETER_UNFIT).
    """
    name = call["kind"]
    if name not in get_args(KindOfReference):
        known = ", ".join(get_args(KindOfReference))
        raise PARAMETER_UNFIT.raised(field="kind", reason=f"it is none of {known}")
    return MappingKind(name)


_EXAMPLE: Final = {
    "kind": "account",
    "source": "4000-SVC",
    "target": "40100",
    "author": "key robot",
    "created_at": AT,
    "superseded_at": None,
    "superseded_by": None,
}

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        verb="GET",
        path=MAPPINGS,
        name="list_mappings",
        tag=TAG,
        summary="List what references of ConnectWise become by decision",
        query=MappingsAsked,
        answer=list_,
        shown=Mappings,
        example={"items": [_EXAMPLE], "next": None},
    ),
    Route(
        verb="GET",
        path="/companies/{company}/mapping-suggestions",
        name="suggest_mappings",
        tag=TAG,
        summary="Show what a reference may have meant; nothing is applied",
        query=SuggestionsAsked,
        answer=suggest,
        shown=SuggestionsShown,
        example={"items": [{"id": "ACME", "name": "Acme Ltd", "likeness": 92}]},
    ),
    Route(
        verb="PUT",
        path=ONE,
        name="put_mapping",
        tag=TAG,
        summary="Decide what a reference becomes; the history stays",
        query=MappingWriting,
        body=MappingDecided,
        sent={"target": "40100"},
        places=PLACES,
        answer=put,
        shown=MappingShown,
        example=_EXAMPLE,
    ),
    Route(
        verb="DELETE",
        path=ONE,
        name="remove_mapping",
        tag=TAG,
        summary="Remove a decision; the rules hold again",
        query=MappingWriting,
        places=PLACES,
        answer=remove,
        shown=MappingHistory,
        example={"items": [{**_EXAMPLE, "superseded_at": AT, "superseded_by": "key robot"}]},
    ),
)
