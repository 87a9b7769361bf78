"""Names the route where a remedy names a command: who calls over HTTP has no command line.

The remedies themselves belong to the rules that raise them, which know of no face.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from clary.kernel.errors import Finding

_WORK: Final = "/companies/{company}/work"
ROUTE_OF: Final[Mapping[str, str]] = {
    "app list": "GET /apps",
    "app set": "PATCH /apps/{app}",
    "app test": "POST /apps/{app}/test",
    "batch clear": "POST /companies/{company}/batches/clear",
    "batch list": "GET /batches",
    "batch map": "PUT /companies/{company}/mappings/{kind}/{source}",
    "batch rerun": "POST /companies/{company}/batches/{number}/rerun",
    "batch run": "POST /companies/{company}/batches",
    "batch unbatch": "POST /companies/{company}/batches/{number}/unbatch",
    "batch why": "GET /apps/{app}/unposted/{document}/why",
    "company add": "POST /companies",
    "company info": "GET /companies/{company}/info",
    "company set": "PATCH /companies/{company}",
    "doctor": "GET /doctor",
    "key add": "POST /keys",
    "key list": "GET /keys",
    "notify list": "GET /notifications",
    "notify log": "GET /notification-messages",
    "notify mail": "PATCH /mail-server",
    "notify set": "PATCH /notifications/{notification}",
    "payments list": "GET /payments/syncs",
    "payments sync": "POST /companies/{company}/payments/sync",
    "plan apply": "POST /plans/{plan}/apply",
    "plan approve": "POST /plans/{plan}/approval",
    "plan list": "GET /plans",
    "plan show": "GET /plans/{plan}",
    "records describe": "GET /companies/{company}/record-types/{type}",
    "records query": "GET /companies/{company}/records/{type}",
    "records types": "GET /companies/{company}/record-types",
    "runs list": "GET /runs",
    "runs resume": "POST /runs/{run}/resume",
    "runs show": "GET /runs/{run}",
    "schedule list": "GET /schedules",
    "schedule set": "PATCH /schedules/{schedule}",
    "setting set": "PUT /settings/{setting}",
    "user add": "POST /users",
    "user list": "GET /users",
    "user set": "PATCH /users/{user}",
    "work list": f"GET {_WORK}",
    "work resume": f"POST {_WORK}/resume",
    "work retry": f"POST {_WORK}/retry",
}
"""The route that does the same as a command, by the command."""

_COMMAND = re.compile(r"`clary ([a-z]+(?: [a-z]+)?)")


def over_http(finding: Finding) -> Finding:
    """Return a finding whose remedy names the routes of the commands in it, too."""
    named = _COMMAND.findall(finding.remedy)
    found = (ROUTE_OF.get(each) or ROUTE_OF.get(each.partition(" ")[0]) for each in named)
    routes = ", ".join(dict.fromkeys(route for route in found if route))
    if not routes:
        return finding
    return replace(finding, remedy=f"{finding.remedy} Over HTTP: {routes}.")
