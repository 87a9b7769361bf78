"""Makes the file of a site where there is none, and checks the one that is there."""

from __future__ import annotations

import contextlib
from pathlib import Path

from clary.apps.connectwise.sandbox.file import SiteFile, make, value_of
from clary.apps.connectwise.sandbox.seed import fill
from clary.kernel.clock import Clock, SystemClock, local_date
from clary.kernel.errors import Misconfigured, declare

SITE_MADE_OTHERWISE = declare(
    "SITE_MADE_OTHERWISE",
    Misconfigured,
    "The site in {path} was made with --{option} {found}, not {wanted}.",
    "Leave --{option} out to go on with this site, or name another file with --file.",
    exit_code=2,
)

USUAL_SEED = "us"


def ready(
    file: Path, *, seed: str | None, invoices: int | None, clock: Clock | None = None
) -> None:
    """Make the file of a site, or check that the one there was made in the same way.

    Args:
        file: where the site is or shall be.
        seed: us or uk; none takes what is there, else us.
        invoices: how many invoices to add to a new site; none takes what is there, else 0.
        clock: where the day comes from that documents are dated back from.

    Raises:
        Misconfigured: the file is another site (SITE_MADE_OTHERWISE), or cannot be used.
    """
    if not file.exists():
        _make(file, seed or USUAL_SEED, invoices or 0, clock or SystemClock())
        return
    site = SiteFile(file)
    try:
        with site.reading() as connection:
            found = {name: value_of(connection, name) for name in ("seed", "invoices")}
    finally:
        site.close()
    for option, wanted in (("seed", seed), ("invoices", invoices)):
        if wanted is not None and str(wanted) != found[option]:
            raise SITE_MADE_OTHERWISE.raised(
                path=file.name, option=option, found=found[option], wanted=wanted
            )


def _make(file: Path, seed: str, invoices: int, clock: Clock) -> None:
    """Make a site under another name first, so that a file of this name is always whole."""
    partial = file.with_name(file.name + ".part")
    with contextlib.closing(make(partial)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN")
        fill(connection, seed, invoices, local_date(clock))
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    partial.rename(file)
