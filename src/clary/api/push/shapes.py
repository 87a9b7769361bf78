"""Companies, connections, integrations, refreshes and consumers as the push API shows them."""

from __future__ import annotations

from typing import Final

from clary.flows.push.declaring import PushVerb
from clary.flows.push.showing import Record, Shown, stated
from clary.flows.push.types import ALL_TYPES, PLATFORMS, SOURCE_TYPE, Platform
from clary.hub.push.keeping import PushCompany
from clary.hub.services.push_connections import ConnectionAnswer
from clary.hub.services.push_reading import is_read
from clary.hub.services.push_webhooks import Consumer, Delivery
from clary.hub.telling import reason_outside
from clary.hub.work import Lane
from clary.kernel.clock import timestamp

_FEATURES: Final = {
    PushVerb.CREATE: "Post",
    PushVerb.UPDATE: "Put",
    PushVerb.DELETE: "Delete",
}
_ERROR_CODES: Final = {"AuthError": "401", "NotSupported": "404"}
DIALOG: Final = (
    "Documents are being written; while they are, Sage 50 may show a processing dialog where it"
    " is open."
)


def company(found: PushCompany, connections: list[ConnectionAnswer], root: str) -> Record:
    """Return a company with its connections."""
    platforms = [each.platform.name for each in connections if each.lane is not None]
    return {
        "id": found.id,
        "name": found.name,
        "platform": platforms[0] if platforms else "",
        "redirect": f"{root}/companies/{found.id}",
        **stated(
            description=found.description,
            lastSync=max(filter(None, map(synced_at, connections)), default=None),
        ),
        "created": timestamp(found.created_at),
        "createdByUserName": found.created_by,
        "tags": dict(found.tags),
        "products": [],
        "dataConnections": [connection(each, root) for each in connections],
    }


def connection(found: ConnectionAnswer, root: str) -> Record:
    """Return a connection."""
    own = found.connection
    link = f"{root}/companies/{own.company}/connections/{own.id}/authorization"
    return {
        "id": own.id,
        "integrationId": found.platform.integration_id,
        "integrationKey": own.platform,
        "sourceId": found.platform.source_id,
        "sourceType": SOURCE_TYPE,
        "platformName": found.platform.name,
        "linkUrl": link,
        "status": own.status.value,
        **stated(lastSync=synced_at(found)),
        "created": timestamp(own.created_at),
        "dataConnectionErrors": _errors(found),
        "connectionInfo": _info(own.bound, found.lane),
    }


def synced_at(found: ConnectionAnswer) -> str | None:
    """Return when a connection was last read from well: as of a refresh, or since its link."""
    if found.read is not None:
        return found.read.at
    linked = found.connection.linked_at
    return None if linked is None else timestamp(linked)


def _errors(found: ConnectionAnswer) -> list[Shown]:
    """Return why the last refresh that did not end well did not; a good one since resolves it."""
    bad, good = found.unread, found.read
    if bad is None:
        return []
    resolved = good is not None and good.at > bad.at
    told = stated(
        statusCode=_ERROR_CODES.get(bad.status, "503"),
        statusText=bad.status,
        errorMessage=bad.error,
        erroredOnUtc=bad.at,
        status="Resolved" if resolved else "Active",
        resolvedOnUtc=good.at if resolved and good is not None else None,
    )
    return [told]


def _info(bound: str | None, lane: Lane | None) -> Record | None:
    if bound is None or lane is None:
        return None
    code, reason = lane.why or (None, None)
    return stated(
        company=bound,
        waiting=str(lane.waiting),
        reasonCode=code,
        reason=reason_outside(code, reason),
        notice=DIALOG if lane.draining_by is not None else None,
    )


def integration(platform: Platform, root: str) -> Record:
    """Return an integration with what it can do with each data type."""
    features: list[Shown] = []
    for push_type in ALL_TYPES:
        if not is_read(push_type, platform.edition):
            continue
        names = ["Get", *(_FEATURES[verb] for verb in PushVerb if verb in push_type.verbs)]
        supported: list[Shown] = [
            {"featureType": name, "featureState": "Release"} for name in names
        ]
        # Its schema requires `datatype` and describes `dataType`: both are there.
        features.append(
            {
                "dataType": push_type.name,
                "datatype": push_type.name,
                "supportedFeatures": supported,
            }
        )
    return {
        "key": platform.key,
        "logoUrl": f"{root}/integrations/{platform.key}/logo",
        "name": platform.name,
        "enabled": True,
        "sourceId": platform.source_id,
        "sourceType": SOURCE_TYPE,
        "integrationId": platform.integration_id,
        "isOfflineConnector": True,
        "isBeta": False,
        "dataProvidedBy": "",
        "datatypeFeatures": features,
    }


def integrations(root: str) -> list[Record]:
    """Return all integrations."""
    return [integration(platform, root) for platform in PLATFORMS.values()]


def consumer(found: Consumer) -> Record:
    """Return a consumer; its secret only as it is made."""
    return {
        "id": found.id,
        "url": found.url,
        "disabled": found.disabled,
        "eventTypes": list(found.event_types),
        "companyTags": list(found.company_tags),
        **stated(secret=found.secret),
    }


def delivery(found: Delivery) -> Record:
    """Return a message to a consumer."""
    return {
        "id": found.id,
        "eventType": found.event_type,
        "state": found.state,
        "attempts": found.attempts,
        "created": found.created,
        **stated(nextAttempt=found.next_at, statusCode=found.status, reason=found.reason),
    }
