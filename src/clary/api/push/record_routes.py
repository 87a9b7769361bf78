"""Routes of options, pushes, push operations, records and refreshes."""

from __future__ import annotations

from functools import partial
from typing import Final

from clary.api.push.calls import EMPTY, Call, Reply
from clary.flows.push import answers
from clary.flows.push.declaring import PushVerb
from clary.flows.push.types_lists import COMPANY
from clary.hub.push.problems import PUSH_BODY_INVALID
from clary.hub.services import push_operations, push_reading, push_refreshing
from clary.hub.services.push_operations import PushAsked


def options(call: Call) -> Reply:
    """Show what may be pushed of a data type."""
    return Reply.of(
        push_reading.push_options(
            call.installation, call["company"], call["connection"], call["type"]
        )
    )


def _push(call: Call, *, verb: PushVerb) -> Reply:
    asked = PushAsked(
        company=call["company"],
        connection=call["connection"],
        path=call["type"],
        verb=verb,
        record_id=call.places.get("record"),
        document="" if verb is PushVerb.DELETE else call.body,
        timeout=call.query.get("timeoutInMinutes"),
        force_update=_flag(call, "forceUpdate"),
        idempotency_key=call.headers.get("idempotency-key"),
    )
    accepted = push_operations.judge_push(
        call.installation, call.desk, asked, ticket=call.ticket, standing=call.standing
    )
    return Reply(later=accepted)


create = partial(_push, verb=PushVerb.CREATE)
change = partial(_push, verb=PushVerb.UPDATE)
delete = partial(_push, verb=PushVerb.DELETE)
PUSHES: Final = frozenset({create, change, delete})
"""What answers pushes: the right to push is remembered between them."""


def _flag(call: Call, name: str) -> bool:
    stated = call.query.get(name, "").lower()
    if stated not in ("", "true", "false"):
        raise PUSH_BODY_INVALID.raised(what=name, value=stated[:20], expected="true or false")
    return stated == "true"


def operations(call: Call) -> Reply:
    """List the push operations of a company."""
    found = push_operations.list_push_operations(call.installation, call["company"], call.page)
    return call.paged(*found)


def operation(call: Call) -> Reply:
    """Show a push operation."""
    found = push_operations.push_operation(call.installation, call["company"], call["operation"])
    return Reply.of(answers.operation(found))


def records(call: Call) -> Reply:
    """List the records of a data type."""
    found = push_reading.push_records(
        call.installation,
        call["company"],
        call.places.get("connection"),
        call["type"],
        call.page,
    )
    return call.paged(*found)


def record(call: Call) -> Reply:
    """Show one record."""
    return Reply.of(
        push_reading.push_record(
            call.installation,
            call["company"],
            call.places.get("connection"),
            call["type"],
            call["record"],
        )
    )


def info(call: Call) -> Reply:
    """Show what the company is."""
    return Reply.of(push_reading.push_info(call.installation, call["company"]))


def refresh_info(call: Call) -> Reply:
    """Refresh what the company is."""
    [made] = push_refreshing.refresh_data(call.installation, call["company"], None, COMPANY.name)
    return Reply.of(made.shown())


def refresh(call: Call) -> Reply:
    """Refresh a data type."""
    [made] = push_refreshing.refresh_data(
        call.installation, call["company"], call.query.get("connectionId"), call["type"]
    )
    return Reply.of(made.shown())


def refresh_all(call: Call) -> Reply:
    """Refresh all data types."""
    push_refreshing.refresh_data(call.installation, call["company"], None, None)
    return Reply(status=EMPTY)


def attach(call: Call) -> Reply:
    """Refuse a file for a record, in the API's own words."""
    push_operations.refuse_attachment(
        call.installation, call["company"], call["connection"], call["type"]
    )


def sync_settings(call: Call) -> Reply:
    """Show how often data is fetched."""
    return Reply.of(push_refreshing.sync_settings(call.installation, call["company"]))


def meet_sync_settings(call: Call) -> Reply:
    """Take note of wanted sync settings."""
    push_refreshing.meet_sync_settings(
        call.installation, call["company"], call.document().get("settings")
    )
    return Reply(status=EMPTY)


def data_status(call: Call) -> Reply:
    """Show how the last refresh of each data type ended."""
    return Reply.of(push_refreshing.data_status(call.installation, call["company"]))


def history(call: Call) -> Reply:
    """List the refreshes of a company."""
    found = push_refreshing.data_history(call.installation, call["company"], call.page)
    return call.paged(*found)


def dataset(call: Call) -> Reply:
    """Show one refresh."""
    return Reply.of(
        push_refreshing.dataset(call.installation, call["company"], call["dataset"]).shown()
    )
