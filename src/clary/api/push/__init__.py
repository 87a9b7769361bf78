"""The push API at `/accounting`: companies, connections, pushes, reads, webhooks.

Wire-compatible with the established one, so that its clients work unchanged.
"""

from __future__ import annotations

from clary.api.push.app import nobody, routes

__all__ = ["nobody", "routes"]
