"""Seeded sites: a plausible service company, the same from every seed, made by code."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date
from uuid import NAMESPACE_OID, uuid5

from clary.apps.connectwise.sandbox.file import set_value
from clary.apps.connectwise.sandbox.seed import documents, gaps, lists, uk, us
from clary.apps.connectwise.sandbox.seed.alongside import Alongside
from clary.apps.connectwise.sandbox.seed.many import Many
from clary.apps.connectwise.sandbox.seed.world import OWN_COMPANY, Calendar, World
from clary.apps.connectwise.sandbox.seed.writing import Writer

WORLDS: Mapping[str, World] = {"us": us.WORLD, "uk": uk.WORLD}
COMPANY = "demo"
CODEBASE = "v4_6_release"


def fill(connection: sqlite3.Connection, seed: str, invoices: int, today: date) -> None:
    """Fill the tables of a new site.

    Args:
        connection: the site's file, in a transaction.
        seed: us or uk, whose demo books the site fits.
        invoices: how many invoices to add to the usual documents; expenses, purchases and
            stock counts come along in proportion.
        today: the day that documents are dated back from.
    """
    world, calendar = WORLDS[seed], Calendar(today)
    for name, value in {
        "seed": seed,
        "invoices": str(invoices),
        "company": COMPANY,
        "name": world.name,
        "codebase": CODEBASE,
        "delimiter": "-",
        "tax_per_line": "1" if world.tax_per_line else "0",
    }.items():
        set_value(connection, name, value)
    lists.fill(connection, world)
    _mark(connection, f"{world.name}, {invoices} more invoices, {today}")
    writer = Writer(connection, today)
    documents.write(writer, world, calendar)
    gaps.write(writer, world, calendar)
    if invoices:
        Many(connection, world, calendar).write(invoices)
        Alongside(writer, world, calendar).write(invoices)


def _mark(connection: sqlite3.Connection, made_of: str) -> None:
    """Give the service company the GUID that tells this site from others; copies keep it."""
    connection.execute(
        "UPDATE company SET body = json_set(body, '$.mobileGuid', ?) WHERE id = ?",
        (str(uuid5(NAMESPACE_OID, made_of)), OWN_COMPANY),
    )
