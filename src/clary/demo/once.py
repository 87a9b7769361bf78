"""The demo without a server: two companies are made, the main jobs done, all is reported."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from clary.demo.documents import PLACES
from clary.demo.story import Check, Story, tell
from clary.hub.installation import Installation
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.kernel.change import Body
from clary.kernel.settings import Settings

ACTOR = "demo"


@dataclass(frozen=True, slots=True)
class Report:
    """What the demo did.

    Attributes:
        stories: one per company.
    """

    stories: tuple[Story, ...]

    @property
    def checks(self) -> list[Check]:
        """Everything that must be so, of all companies."""
        return [check for story in self.stories for check in story.checks]

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
                for story in self.stories
                for run in story.runs
            ],
            "checks": [{"name": check.name, "ok": check.ok} for check in self.checks],
        }


def run_once(settings: Settings, tell_step: Callable[[str], None]) -> Report:
    """Make the demo companies in a folder of their own, do the main jobs, and report.

    The folder is removed at the end; the installation of the user is not touched.

    Args:
        settings: the settings in force; folder, database and secrets are replaced.
        tell_step: told what is being done now.

    Raises:
        ClaryError: something could not be done at all.
    """
    stories = []
    with _temporary(settings) as installation:
        for edition, place in PLACES.items():
            tell_step(f"Making the {edition.upper()} company with two years of documents")
            create_sandbox(
                installation, NewSandbox(place.company, edition, seed="demo", title=place.title)
            )
        for place in PLACES.values():
            tell_step(f"Working with {place.company}")
            stories.append(tell(installation, place))
    return Report(tuple(stories))


@contextmanager
def _temporary(settings: Settings) -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="clary-demo-") as folder:
        home = Path(folder)
        own = replace(
            settings, home=home, database_url=f"sqlite:///{home / 'clary.db'}", secrets="file"
        )
        with Installation(own, actor=ACTOR) as installation:
            yield installation
