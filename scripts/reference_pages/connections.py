"""The page of settings of connections: what each driver and each kind of app asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clary.hub.apps import APPS
from clary.hub.drivers import DRIVERS
from clary.hub.kinds import ConnectionSetting, Kind
from scripts.reference_pages.page import FOLDER, Page, table

PATH = f"{FOLDER}/connections.md"

INTRODUCTION = """
Settings of a connection are stored with it, secrets apart from them in the keyring or encrypted:
`clary company add` and `clary company set`, `clary app add` and `clary app set`. A secret is never
stated on the command line: `--secret NAME` asks for it, or reads one line of standard input.
"""
HEAD = ("setting", "stated as", "needed", "values", "meaning")


def pages() -> Iterator[Page]:
    """Yield the page of the settings of connections."""
    parts = (
        INTRODUCTION,
        *_sections("Drivers of companies", DRIVERS.values()),
        *_sections("Apps", APPS.values()),
    )
    yield Page(PATH, "Settings of connections", parts)


def _sections(title: str, kinds: Iterable[Kind]) -> Iterator[str]:
    yield f"## {title}"
    for kind in kinds:
        yield f"### {kind.name}"
        yield kind.meaning
        yield table(HEAD, [_row(setting) for setting in kind.settings])


def _row(setting: ConnectionSetting) -> tuple[str, ...]:
    values = ", ".join(f"`{choice}`" for choice in setting.choices)
    if setting.path:
        values = "a file or folder"
    elif not setting.choices:
        values = setting.expected
    needed = "yes" if setting.required else ""
    return f"`{setting.name}`", f"`{setting.option}`", needed, values, setting.meaning
