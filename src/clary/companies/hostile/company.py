"""A company behind a hostile door."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from clary.companies.contract import (
    Company,
    Fence,
    Figure,
    Info,
    OriginPlace,
    Session,
    TypeCapability,
)
from clary.companies.hostile.mischief import Call, Malice, Mischief
from clary.companies.hostile.problems import HOSTILE_BUSY, HOSTILE_LOST
from clary.companies.hostile.session import Editor, HostileSession, Ways, edit_text


def _at_once() -> None:
    """Let no time pass."""


class HostileCompany(Company):
    """Another company, whose sessions do what `malice` decides."""

    def __init__(
        self,
        company: Company,
        malice: Malice,
        *,
        keeps_origins: bool = True,
        wait: Callable[[], None] = _at_once,
        edit: Editor = edit_text,
    ) -> None:
        """Stand before `company`.

        Args:
            company: the door that does the work.
            malice: what decides when something goes wrong.
            keeps_origins: origins are handed on; else none is stored and none is found.
            wait: what a late answer waits for, such as a clock that is moved.
            edit: what someone does to a record between a reading and what follows.
        """
        self._company = company
        self._ways = Ways(malice, wait, edit, keeps_origins=keeps_origins)

    @property
    def struck(self) -> list[tuple[Call, Mischief]]:
        """What went wrong so far, in order."""
        return self._ways.struck

    def info(self) -> Info:
        """Return what the other door says, under this driver's name."""
        info = self._company.info()
        return replace(info, driver=f"hostile {info.driver}")

    def capabilities(self) -> Mapping[str, TypeCapability]:
        """Return what the other door can do, less the origins that are not kept."""
        capabilities = self._company.capabilities()
        if self._ways.keeps_origins:
            return capabilities
        return {name: replace(each, origin=OriginPlace.NONE) for name, each in capabilities.items()}

    def figures(self) -> frozenset[Figure]:
        """Return which figures the other door tells."""
        return self._company.figures()

    def session(self, *, write: bool = False, fence: Fence | None = None) -> Session:
        """Log on, unless something goes wrong with that.

        Raises:
            Busy, Unreachable: as malice decides, or as the other door says.
        """
        self._log_on()
        return HostileSession(self._company.session(write=write, fence=fence), self._ways)

    def reading(self) -> Session:
        """Log on for reading, unless something goes wrong with that.

        Raises:
            Busy, Unreachable: as malice decides, or as the other door says.
        """
        self._log_on()
        return HostileSession(self._company.reading(), self._ways)

    def logged_on(self) -> Sequence[str] | None:
        """Return whom the other door sees at the company."""
        return self._company.logged_on()

    def _log_on(self) -> None:
        mischief = self._ways.strike(Call.SESSION)
        if mischief is Mischief.BUSY:
            raise HOSTILE_BUSY.raised(call=Call.SESSION)
        if mischief is Mischief.DROP:
            raise HOSTILE_LOST.raised(call=Call.SESSION)
        if mischief is Mischief.LATE:
            self._ways.wait()
