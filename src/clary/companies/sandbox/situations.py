"""What a connector meets when it logs on to Sage 50, and while it is logged on.

Each situation has a code and a text of its own, because each asks for something else: to
wait, to grant access, to remove a session that a crash left behind.  The UK numbers are
those of Sage Data Objects.  Logons are rows of the company file, so that they hold
between processes and outlive a crash, as they do in Sage.

A logon is a row with the machine, process and start of whoever holds it.  A row whose
process of ours on this very machine is dead was left by a crash; the next logon of the
same user takes it over and says so.  Real Sage would keep it: the UK manager removes it
under User Management (`remove-session`).  That we may tell our own dead session apart is
a convenience of the sandbox, unproven for Sage; a session left on another machine is
never taken over.
"""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from clary.companies.sandbox import sessions, users
