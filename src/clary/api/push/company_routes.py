"""Routes of companies, connections, integrations and webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from clary.api.push import shapes
from clary.api.push.calls import CREATED, EMPTY, Call, Reply
from clary.flows.push import query
from clary.flows.push.declaring import OptionType
from clary.flows.push.selecting import selected
from clary.flows.push.showing import Record
from clary.hub.push.keeping import LinkStatus, PushCompany
from clary.hub.push.problems import PUSH_BODY_INVALID
from clary.hub.services import push_companies, push_connections, push_webhooks
from clary.hub.services.push_companies import CompanyAsked
from clary.hub.services.push_connections import BY_KEY, ConnectionAnswer, platform_of

CONNECTION_KINDS: Final[query.Kinds] = {
    "id": OptionType.STRING,
    "status": OptionType.STRING,
    "platformName": OptionType.STRING,
    "integrationId": OptionType.STRING,
    "integrationKey": OptionType.STRING,
    "sourceType": OptionType.STRING,
    "created": OptionType.DATE_TIME,
}
INTEGRATION_KINDS: Final[query.Kinds] = {
    "key": OptionType.STRING,
    "name": OptionType.STRING,
    "enabled": OptionType.BOOLEAN,
    "sourceType": OptionType.STRING,
    "integrationId": OptionType.STRING,
    "isOfflineConnector": OptionType.BOOLEAN,
}


def _company(call: Call, found: PushCompany) -> Record:
    shown = [push_connections.shown(call.installation, each) for each in found.connections]
    return shapes.company(found, shown, call.root)


def _asked(call: Call) -> CompanyAsked:
    return CompanyAsked(call.text("name"), call.text("description"), call.texts_by_name("tags"))


def companies(call: Call) -> Reply:
    """List companies, by query and by `tags=name=value`."""
    found = push_companies.list_push_companies(call.installation)
    tags = [each.strip() for each in call.query.get("tags", "").split("&&") if each.strip()]
    found = [one for one in found if _has_tags(one, tags)]
    page = call.page
    if page.query is None and page.order is None:
        part = found[page.start : page.start + page.size]
        return call.paged([_company(call, each) for each in part], len(found))
    records = [_company(call, each) for each in found]
    return call.paged(*selected(records, page, query.COMPANY_KINDS))


def _has_tags(company: PushCompany, tags: list[str]) -> bool:
    own = {f"{name}={value}" for name, value in company.tags.items()}
    return all(tag in own for tag in tags)


def create_company(call: Call) -> Reply:
    """Make a company."""
    made = push_companies.create_push_company(call.installation, _asked(call))
    return Reply.of(_company(call, made))


def company(call: Call) -> Reply:
    """Show a company."""
    return Reply.of(_company(call, push_companies.push_company(call.installation, call["company"])))


def replace_company(call: Call) -> Reply:
    """Change a company as a whole."""
    return _changed(call, whole=True)


def change_company(call: Call) -> Reply:
    """Change what is stated of a company."""
    return _changed(call, whole=False)


def _changed(call: Call, *, whole: bool) -> Reply:
    changed = push_companies.update_push_company(
        call.installation, call["company"], _asked(call), whole=whole
    )
    return Reply.of(_company(call, changed))


def delete_company(call: Call) -> Reply:
    """Forget a company."""
    push_companies.delete_push_company(call.installation, call["company"])
    return Reply(status=EMPTY)


def _connection(call: Call, found: ConnectionAnswer) -> Reply:
    return Reply.of(shapes.connection(found, call.root))


def connections(call: Call) -> Reply:
    """List the connections of a company."""
    found = push_connections.list_push_connections(call.installation, call["company"])
    records = [shapes.connection(each, call.root) for each in found]
    return call.paged(*selected(records, call.page, CONNECTION_KINDS))


def create_connection(call: Call) -> Reply:
    """Make a connection for the books of an integration's edition."""
    made = push_connections.create_push_connection(
        call.installation, call["company"], call.text("platformKey") or ""
    )
    return _connection(call, made)


def connection(call: Call) -> Reply:
    """Show a connection."""
    return _connection(
        call,
        push_connections.push_connection(call.installation, call["company"], call["connection"]),
    )


def authorize_connection(call: Call) -> Reply:
    """Link a connection to a company of the installation."""
    linked = push_connections.link_push_connection(
        call.installation, call["company"], call["connection"], call.text("company") or ""
    )
    return _connection(call, linked)


def change_connection(call: Call) -> Reply:
    """Unlink a connection, which is all that can be changed of it."""
    wanted = call.text("status")
    if wanted is None:
        return connection(call)
    if wanted != LinkStatus.UNLINKED:
        expected = f"the status {LinkStatus.UNLINKED.value}"
        raise PUSH_BODY_INVALID.raised(what="status", value=wanted[:80], expected=expected)
    unlinked = push_connections.unlink_push_connection(
        call.installation, call["company"], call["connection"]
    )
    return _connection(call, unlinked)


def delete_connection(call: Call) -> Reply:
    """Forget a connection."""
    push_connections.delete_push_connection(call.installation, call["company"], call["connection"])
    return Reply()


def integrations(call: Call) -> Reply:
    """List the integrations."""
    return call.paged(*selected(shapes.integrations(call.root), call.page, INTEGRATION_KINDS))


def integration(call: Call) -> Reply:
    """Show an integration."""
    return Reply.of(shapes.integration(BY_KEY[platform_of(call["platform"]).key], call.root))


def consumers(call: Call) -> Reply:
    """List the consumers of webhooks."""
    found = push_webhooks.list_consumers(call.installation)
    return Reply.of({"results": [shapes.consumer(each) for each in found]})


def create_consumer(call: Call) -> Reply:
    """Make a consumer of webhooks; the answer holds its secret, this once."""
    if call.text("companyId"):
        expected = "companyTags to hear of some companies only"
        raise PUSH_BODY_INVALID.raised(what="companyId", value="...", expected=expected)
    made = push_webhooks.create_consumer(
        call.installation,
        call.text("url") or "",
        call.texts("eventTypes"),
        call.texts("companyTags"),
        disabled=call.flag("disabled"),
    )
    return Reply.of(shapes.consumer(made), CREATED)


def delete_consumer(call: Call) -> Reply:
    """Forget a consumer of webhooks."""
    push_webhooks.delete_consumer(call.installation, call["webhook"])
    return Reply(status=EMPTY)


def deliveries(call: Call) -> Reply:
    """List the newest messages to a consumer."""
    found = push_webhooks.list_deliveries(call.installation, call["webhook"])
    return Reply.of({"results": [shapes.delivery(each) for each in found]})


def replay(call: Call) -> Reply:
    """Send messages to a consumer again."""
    stated = call.text("since") if call.body else None
    everything = call.flag("delivered") if call.body else False
    count = push_webhooks.replay_deliveries(
        call.installation, call["webhook"], _moment(stated), everything=everything
    )
    return Reply.of({"replayed": count})


def _moment(stated: str | None) -> datetime | None:
    found = None if stated is None else query.moment(stated)
    if stated is not None and found is None:
        expected = "a moment such as 2026-01-31T00:00:00Z"
        raise PUSH_BODY_INVALID.raised(what="since", value=stated[:80], expected=expected)
    return found
