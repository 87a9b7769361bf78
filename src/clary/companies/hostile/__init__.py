"""A door to a company that misbehaves on purpose, around any other door.

It does what real ones do on bad days: it drops the session, commits and then fails, fails
and says so late, gives rows twice or padded, lets someone edit a record between reading
and writing, keeps no origins.  When and how follows from a script or from a seed, so that
every failure can be played again.  Whatever stands above it must still write each document
exactly once; the tests of engine and target prove that with it.

    company = HostileCompany(SandboxCompany(path), Scripted(("create", 3, Mischief.LOSE)))
    company = HostileCompany(SandboxCompany(path), Seeded(42))
"""

from __future__ import annotations

from clary.companies.hostile.company import HostileCompany
from clary.companies.hostile.mischief import Call, Malice, Mischief, Scripted, Seeded
from clary.companies.hostile.session import HostileSession

__all__ = [
    "Call",
    "HostileCompany",
    "HostileSession",
    "Malice",
    "Mischief",
    "Scripted",
    "Seeded",
]
