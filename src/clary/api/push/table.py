"""Every route of the push API: verb, path, and what answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from clary.api.push import company_routes, record_routes
from clary.api.push.calls import Call, Reply

Answer: TypeAlias = Callable[[Call], Reply]

_COMPANY: Final = "/companies/{company}"
_CONNECTION: Final = f"{_COMPANY}/connections/{{connection}}"

ROUTES: Final[tuple[tuple[str, str, Answer], ...]] = (
    ("GET", "/companies", company_routes.companies),
    ("POST", "/companies", company_routes.create_company),
    ("GET", _COMPANY, company_routes.company),
    ("PUT", _COMPANY, company_routes.replace_company),
    ("PATCH", _COMPANY, company_routes.change_company),
    ("DELETE", _COMPANY, company_routes.delete_company),
    ("GET", f"{_COMPANY}/connections", company_routes.connections),
    ("POST", f"{_COMPANY}/connections", company_routes.create_connection),
    ("GET", _CONNECTION, company_routes.connection),
    ("PATCH", _CONNECTION, company_routes.change_connection),
    ("DELETE", _CONNECTION, company_routes.delete_connection),
    ("PUT", f"{_CONNECTION}/authorization", company_routes.authorize_connection),
    ("GET", "/integrations", company_routes.integrations),
    ("GET", "/integrations/{platform}", company_routes.integration),
    ("GET", "/webhooks", company_routes.consumers),
    ("POST", "/webhooks", company_routes.create_consumer),
    ("DELETE", "/webhooks/{webhook}", company_routes.delete_consumer),
    ("GET", "/webhooks/{webhook}/deliveries", company_routes.deliveries),
    ("POST", "/webhooks/{webhook}/replay", company_routes.replay),
    ("GET", f"{_CONNECTION}/options/{{type}}", record_routes.options),
    ("POST", f"{_CONNECTION}/push/{{type}}", record_routes.create),
    ("PUT", f"{_CONNECTION}/push/{{type}}/{{record}}", record_routes.change),
    ("DELETE", f"{_CONNECTION}/push/{{type}}/{{record}}", record_routes.delete),
    ("POST", f"{_CONNECTION}/push/{{type}}/{{record}}/attachment", record_routes.attach),
    ("POST", f"{_CONNECTION}/push/{{type}}/{{record}}/attachments", record_routes.attach),
    ("GET", f"{_COMPANY}/push", record_routes.operations),
    ("GET", f"{_COMPANY}/push/{{operation}}", record_routes.operation),
    ("GET", f"{_COMPANY}/syncSettings", record_routes.sync_settings),
    ("POST", f"{_COMPANY}/syncSettings", record_routes.meet_sync_settings),
    ("GET", f"{_COMPANY}/dataStatus", record_routes.data_status),
    ("POST", f"{_COMPANY}/data/all", record_routes.refresh_all),
    ("POST", f"{_COMPANY}/data/queue/{{type}}", record_routes.refresh),
    ("GET", f"{_COMPANY}/data/history", record_routes.history),
    ("GET", f"{_COMPANY}/data/history/{{dataset}}", record_routes.dataset),
    ("GET", f"{_COMPANY}/data/info", record_routes.info),
    ("POST", f"{_COMPANY}/data/info", record_routes.refresh_info),
    ("GET", f"{_COMPANY}/data/{{type}}", record_routes.records),
    ("GET", f"{_COMPANY}/data/{{type}}/{{record}}", record_routes.record),
    ("GET", f"{_CONNECTION}/data/{{type}}", record_routes.records),
    ("GET", f"{_CONNECTION}/data/{{type}}/{{record}}", record_routes.record),
)
"""In this order: a fixed path stands before one with a place in its stead."""

UPLOADS: Final = frozenset({record_routes.attach})
"""What is sent files, which are not read as documents are."""
