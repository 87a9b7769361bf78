"""Every path of the site below its base, in one place."""

from __future__ import annotations

from clary.apps.connectwise.sandbox import access, accounting, invoices, lists, purchasing
from clary.apps.connectwise.sandbox.call import Answer, Call, answered
from clary.apps.connectwise.sandbox.conditions import ALWAYS
from clary.apps.connectwise.sandbox.declared import Module
from clary.apps.connectwise.sandbox.fields import Field, Kind
from clary.apps.connectwise.sandbox.listing import Listing, count_of, one_of, page_of
from clary.apps.connectwise.sandbox.routing import Route

_LOCATION_INFO = Listing(
    "LocationInfo",
    "location r",
    (
        Field("id", Kind.WHOLE, "r.id"),
        Field("name", Kind.TEXT, "r.name"),
        Field("location_flag", Kind.FLAG, "1"),
        Field("structureLevel/id", Kind.WHOLE, "json_extract(r.body, '$.structureLevel.id')"),
        Field("structureLevel/name", Kind.TEXT, "json_extract(r.body, '$.structureLevel.name')"),
    ),
)


_INTEGRATORS = Listing(
    "IntegratorLogin",
    "integrator r",
    (
        Field("id", Kind.WHOLE, "r.rowid"),
        Field("username", Kind.TEXT, "r.name"),
        Field("canAccessAllRecordsFlag", Kind.FLAG, "r.all_records"),
        Field("memberApiFlag", Kind.FLAG, "r.member_api"),
    ),
    identifier="r.rowid",
)


def routes() -> list[Route]:
    """Return every path with what answers it.

    Those about the caller's own rights and about integrators are of the vendor's full
    description, which the accounting part of it leaves out.
    """
    info, logins = "system/info/locations", "system/integratorlogins"
    return [
        Route("GET", "system/myMembers", _myself, None),
        Route("GET", "system/mySecurity", access.my_security, None),
        Route("GET", logins, lambda call: page_of(_INTEGRATORS, call), Module.SETUP),
        Route("GET", logins + "/count", lambda call: count_of(_INTEGRATORS, call), Module.SETUP),
        Route("GET", "system/info", _info, None),
        Route("GET", info, lambda call: page_of(_LOCATION_INFO, call, ALWAYS), None),
        Route("GET", info + "/count", lambda call: count_of(_LOCATION_INFO, call), None),
        Route("GET", info + "/{}", lambda call: one_of(_LOCATION_INFO, call, call.ids[0]), None),
        *lists.routes(),
        *accounting.routes(),
        *invoices.routes(),
        *purchasing.routes(),
    ]


def _myself(call: Call) -> Answer:
    return one_of(lists.listing_of(lists.MEMBERS), call, call.caller.member_id)


def _info(_call: Call) -> Answer:
    return answered(
        {"version": "v2025.1.0", "isCloud": False, "serverTimeZone": "UTC", "cloudRegion": "none"}
    )
