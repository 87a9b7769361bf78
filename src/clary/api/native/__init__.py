"""The native API at `/api/v1`: everything that the command line does, for programs.

`table.py` lists the routes; `app.py` puts them behind the shell.
"""

from __future__ import annotations

from clary.api.native.app import Native, routes

__all__ = ["Native", "routes"]
