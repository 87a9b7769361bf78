"""What requests about batches state: which documents are meant, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import Field

from clary.api.native.values import Asked, Day, Flag, Name, Paged
from clary.api.native.working import ApplyAsked
from clary.flows.batch.kinds import DetailLevel, Kind
from clary.flows.batch.requests import BatchPer, Decisions
from clary.hub.services import batches

KindName = Literal["invoices", "expenses", "procurement"]
Detail = Literal["Default", "Condensed", "Detailed"]
Numbers = Annotated[list[Name], Field(max_length=10_000)]
Short = Annotated[str, Field(max_length=200)]

KINDS: Final[Mapping[str, Kind]] = dict(
    zip(("invoices", "expenses", "procurement"), Kind, strict=True)
)
_KINDS: Final = r"^(invoices|expenses|procurement)(,(invoices|expenses|procurement)){0,2}$"


class BatchQuery(ApplyAsked):
    """How the plan of a batch is applied."""

    good_only: Flag = Field(
        default=False,
        description="Let the good documents go although others cannot be posted.",
    )


class WaitingAsked(Paged):
    """Which of what waits is listed."""

    location: Short = Field(default="", description="Only this location, by name or id.")
    through: Day | None = Field(default=None, description="Last day; today if none.")
    kinds: Annotated[str, Field(max_length=100, pattern=_KINDS)] | None = Field(
        default=None, description="Only these kinds, with commas between.", examples=["invoices"]
    )

    def meant(self) -> batches.BatchAsked:
        """Return it as the services take it."""
        names = self.kinds.split(",") if self.kinds else ()
        return batches.BatchAsked(
            location=self.location,
            through=self.through,
            kinds=frozenset(KINDS[name] for name in names),
        )


class Selected(Asked):
    """Which documents are meant."""

    app: Name = Field(description="The ConnectWise connection.")
    number: Short = Field(default="", description="Number of the batch, such as 20260131AL-I.")
    location: Short = Field(default="", description="Only this location, by name or id.")
    through: Day | None = Field(default=None, description="Last day; today if none.")
    kinds: Annotated[list[KindName], Field(max_length=3)] = Field(
        default_factory=list, description="Only these kinds; all if none."
    )
    detail: Detail = Field(default="Default", description="How much text invoice lines carry.")
    include: Numbers = Field(
        default_factory=list, description="Only these documents, by number or id."
    )
    exclude: Numbers = Field(default_factory=list, description="Not these documents.")

    def meant(self) -> batches.BatchAsked:
        """Return it as the services take it."""
        return batches.BatchAsked(
            number=self.number,
            location=self.location,
            through=self.through,
            kinds=frozenset(KINDS[name] for name in self.kinds),
            detail=DetailLevel(self.detail),
            include=frozenset(self.include),
            exclude=frozenset(self.exclude),
        )


class Decided(Asked):
    """What was decided about single documents, by number or id."""

    same: Numbers = Field(
        default_factory=list, description="What was entered by hand is this document."
    )
    other: Numbers = Field(
        default_factory=list, description="It is another one; this is posted as well."
    )
    repost: Numbers = Field(
        default_factory=list, description="Take back what is posted, and post it anew."
    )

    def decisions(self) -> Decisions:
        """Return it as the services take it."""
        return Decisions(
            same=frozenset(self.same), other=frozenset(self.other), repost=frozenset(self.repost)
        )


class Rerun(Decided):
    """A rerun of a batch."""

    app: Name = Field(description="The ConnectWise connection.")
    exclude: Numbers = Field(default_factory=list, description="Leave these documents alone.")


class Unbatch(Asked):
    """What of a batch is taken back."""

    app: Name = Field(description="The ConnectWise connection.")
    documents: Numbers = Field(
        default_factory=list, description="By number or id; all of it if none."
    )
    delete: bool = Field(
        default=False, description="Delete posted documents where the edition can."
    )


class BatchAsked(Selected, Decided):
    """A batch to post."""

    rest_of: Short = Field(default="", description="Only what was left over of this batch.")
    split: bool = Field(default=False, description="One batch for each kind.")
    batch_per: Literal["run", "document"] | None = Field(
        default=None, description="As the connection says if none."
    )
    suggested: bool = Field(
        default=False, description="Take the suggested number where none is stated."
    )
    initials: Annotated[str, Field(max_length=10)] = ""
    confirm_new: Numbers = Field(
        default_factory=list,
        description="Records to create where the setting asks, as `customer:ACME`.",
    )
    handled: Numbers = Field(
        default_factory=list, description="Mark these as posted; post nothing."
    )

    def meant(self) -> batches.BatchAsked:
        """Return it as the services take it."""
        return replace(
            super().meant(),
            split=self.split,
            batch_per=None if self.batch_per is None else BatchPer(self.batch_per),
            rest_of=self.rest_of,
            confirmed=frozenset(self.confirm_new),
            decisions=replace(self.decisions(), handled=frozenset(self.handled)),
            initials=self.initials,
            takes_suggested=self.suggested,
        )
