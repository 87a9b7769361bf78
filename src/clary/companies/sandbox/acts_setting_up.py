"""What the person at Sage sets up once: default accounts, and what the company allows."""

from __future__ import annotations

import json
import sqlite3
from typing import Final

from clary.companies.sandbox.acting import Act, Argument, Play
from clary.companies.sandbox.situations import company_values, set_value
from clary.kernel.errors import Rejected, declare
from clary.ledger.editions import uk
from clary.ledger.fields import EditionName
from clary.ledger.posting.resolve import DEFAULT_MENUS

DEFAULT_UNKNOWN = declare(
    "DEFAULT_UNKNOWN",
    Rejected,
    "A company has no default called {name!r}.",
    "Use one of {known}.",
    exit_code=2,
)
DEFAULT_ACCOUNT_UNKNOWN = declare(
    "DEFAULT_ACCOUNT_UNKNOWN",
    Rejected,
    "There is no account {account!r} in this company.",
    "Create the account first.",
)

DEFAULT_NAMES: Final[dict[EditionName, tuple[str, ...]]] = {
    "us": (*DEFAULT_MENUS, "sales", "purchases"),
    "uk": tuple(name for name in uk.DEFAULTS if not name.endswith("tax_code")),
}
"""Defaults that name an account, by edition."""


def _set_default(play: Play) -> str:
    name, account = play.arguments["default"], play.arguments["account"]
    known = DEFAULT_NAMES[play.edition]
    if name not in known:
        raise DEFAULT_UNKNOWN.raised(name=name, known=", ".join(known))
    with play.writing() as connection:
        found = _account(connection, account)
        defaults = json.loads(company_values(connection)["defaults"])
        set_value(connection, "defaults", json.dumps({**defaults, name: found}))
    return f"The default {name} is account {found} now."


def _account(connection: sqlite3.Connection, account: str) -> str:
    row = connection.execute(
        "SELECT id FROM account_record WHERE id = ? COLLATE NOCASE", (account,)
    ).fetchone()
    if row is None:
        raise DEFAULT_ACCOUNT_UNKNOWN.raised(account=account)
    return str(row[0])


def _switch(setting: str, sentence: str) -> Act:
    def play_it(play: Play) -> str:
        state = play.arguments["state"]
        with play.writing() as connection:
            settings = json.loads(company_values(connection)["settings"])
            set_value(connection, "settings", json.dumps({**settings, setting: state == "on"}))
        return f"{sentence}: {state}."

    return Act(
        setting.replace("_", "-"),
        f"{sentence}, or not.",
        play_it,
        (Argument("state", "on or off", ("on", "off")),),
    )


ACTS_SETTING_UP: Final[tuple[Act, ...]] = (
    Act(
        "set-default",
        "Set a default account of the company, such as accounts_receivable or sales.",
        _set_default,
        (Argument("default", "name of the default"), Argument("account", "the account")),
    ),
    _switch("negative_stock", "Let stock go below zero"),
    _switch("defaults_required", "Refuse customers and vendors while default accounts are unset"),
    _switch("stop_on_hold", "Stop documents of accounts on hold instead of warning"),
    _switch("stop_terms_not_agreed", "Stop documents of accounts whose terms are not agreed"),
)
