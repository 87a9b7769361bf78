"""The demo that ends by itself: a world is made, the main jobs are done, all is reported."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from clary.companies.contract import Info
from clary.demo.caller import served
from clary.demo.checks import Check
from clary.demo.desk import Desk, sandbox_site
from clary.demo.documents import PLACES
from clary.demo.pushing import EDITION, Push, tell_push
from clary.demo.story import Story, tell, working_day
from clary.demo.week import Week, tell_week
from clary.hub.installation import Installation
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.kernel.change import Body
from clary.kernel.settings import Settings
from clary.ledger.fields import EditionName

ACTOR = "demo"


@dataclass(frozen=True, slots=True)
class Report:
    """What the demo did.

    Attributes:
        stories: one per company.
        weeks: what was done with ConnectWise.
        pushes: what programs did through the push API.
    """

    stories: tuple[Story, ...]
    weeks: tuple[Week, ...] = ()
    pushes: tuple[Push, ...] = ()

    @property
    def parts(self) -> tuple[Story | Week | Push, ...]:
        """Everything that was done, in order."""
        return (*self.stories, *self.weeks, *self.pushes)

    @property
    def checks(self) -> list[Check]:
        """Everything that must be so, of all companies."""
        return [check for part in self.parts for check in part.checks]

    @property
    def ok(self) -> bool:
        """Tell whether everything that must be so is so."""
        return all(check.ok for check in self.checks)

    def as_dict(self) -> Body:
        """Return the report as JSON-ready values."""
        counted = ("flow", "company", "planned", "applied", "skipped", "rejected", "pending")
        return {
            "companies": [
                {
                    "name": story.name,
                    "title": story.info.name,
                    "edition": story.info.edition,
                    "currency": story.info.currency,
                    "records": dict(story.counts),
                }
                for story in self.stories
            ],
            "runs": [
                {key: run.as_dict()[key] for key in (*counted, "failed", "id")}
                for part in self.parts
                for run in part.runs
            ],
            "checks": [{"name": check.name, "ok": check.ok} for check in self.checks],
        }


def run_once(settings: Settings, tell_step: Callable[[str], None]) -> Report:
    """Make the demo world in a folder of its own, do the main jobs, and report.

    The folder is removed at the end; the installation of the user is not touched.

    Args:
        settings: the settings in force; folder, database and secrets are replaced.
        tell_step: told what is being done now.

    Raises:
        ClaryError: something could not be done at all.
    """
    with _temporary(settings) as installation:
        for edition, place in PLACES.items():
            tell_step(f"Making the {edition.upper()} company with two years of documents")
            create_sandbox(
                installation, NewSandbox(place.company, edition, seed="demo", title=place.title)
            )
        stories = {}
        for edition, place in PLACES.items():
            tell_step(f"Working with {place.company}")
            stories[edition] = tell(installation, place)
        tell_step("Connecting a sandbox ConnectWise site")
        with sandbox_site(installation) as url:
            info = stories["us"].info
            week = tell_week(_desk(installation, "us", info), url, info, tell_step)
        tell_step("Serving the push API to a program")
        with served(installation) as url:
            info = stories[EDITION].info
            push = tell_push(_desk(installation, EDITION, info), url, info)
    return Report(tuple(stories.values()), (week,), (push,))


def _desk(installation: Installation, edition: EditionName, info: Info) -> Desk:
    return Desk(PLACES[edition].company, installation, working_day(installation, info))


@contextmanager
def _temporary(settings: Settings) -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="clary-demo-") as folder:
        home = Path(folder)
        own = replace(
            settings, home=home, database_url=f"sqlite:///{home / 'clary.db'}", secrets="file"
        )
        with Installation(own, actor=ACTOR) as installation:
            yield installation
