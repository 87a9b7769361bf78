"""Companies, connections, integrations, refreshes and consumers as the push API shows them."""

from __future__ import annotations

import uuid
from typing import Final

from clary.flows.push.declaring import PushVerb
from clary.flows.push.showing import Record, Shown, stated
from clary.flows.push.types import ALL_TYPES, PLATFORMS, Platform
from clary.hub.push.keeping import PushCompany
from clary.hub.services.push_connections import ConnectionAnswer
from clary.hub.services.push_reading import Dataset, is_read
from clary.hub.services.push_webhooks import Consumer, Delivery
from clary.hub.work import Lane
from clary.kernel.clock import timestamp

SOURCE_TYPE: Final = "Accounting"
_FEATURES: Final = {
    PushVerb.CREATE: "Post",
    PushVerb.UPDATE: "Put",
    PushVerb.DELETE: "Delete",
}
DIALOG: Final = (
    "Documents are being written; while they are, Sage 50 may show a processing dialog where it"
    " is open."
)


def _named(text: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:clary:push:{text}"))


def integration_id(platform: Platform) -> str:
    """Return the id of an integration, the same in every installation."""
    return _named(f"integration:{platform.key}")


def company(found: PushCompany, connections: list[ConnectionAnswer], root: str) -> Record:
    """Return a company with its connections."""
    platforms = [each.platform.name for each in connections if each.lane is not None]
    return {
        "id": found.id,
        "name": found.name,
        "platform": platforms[0] if platforms else "",
        "redirect": f"{root}/companies/{found.id}",
        **stated(description=found.description),
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
        "integrationId": integration_id(found.platform),
        "integrationKey": own.platform,
        "sourceId": _named(f"source:{own.platform}"),
        "sourceType": SOURCE_TYPE,
        "platformName": found.platform.name,
        "linkUrl": link,
        "status": own.status.value,
        **stated(lastSync=None if own.linked_at is None else timestamp(own.linked_at)),
        "created": timestamp(own.created_at),
        "dataConnectionErrors": [],
        "connectionInfo": _info(own.bound, found.lane),
    }


def _info(bound: str | None, lane: Lane | None) -> Record | None:
    if bound is None or lane is None:
        return None
    return stated(
        company=bound,
        waiting=str(lane.waiting),
        reasonCode=lane.reason_code,
        reason=lane.reason,
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
        "sourceId": _named(f"source:{platform.key}"),
        "sourceType": SOURCE_TYPE,
        "integrationId": integration_id(platform),
        "isOfflineConnector": True,
        "isBeta": False,
        "dataProvidedBy": "",
        "datatypeFeatures": features,
    }


def integrations(root: str) -> list[Record]:
    """Return all integrations."""
    return [integration(platform, root) for platform in PLATFORMS.values()]


def dataset(found: Dataset) -> Record:
    """Return a refresh."""
    return {
        "id": found.id,
        "companyId": found.company,
        "connectionId": found.connection,
        "dataType": found.data_type,
        "status": found.status,
        "statusDescription": found.error,
        "errorMessage": found.error,
        "requested": found.requested,
        **stated(completed=found.completed),
        "progress": 100,
        "isCompleted": True,
        "isErrored": found.error is not None,
    }


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
