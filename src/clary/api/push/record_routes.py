"""Routes of options, pushes, push operations, records and refreshes."""

from __future__ import annotations

from functools import partial
from typing import Final

from clary.api.push import shapes
from clary.api.push.calls import EMPTY, Call, Reply
from clary.flows.push import answers, query
from clary.flows.push.declaring import OptionType, PushVerb
from clary.hub.push.problems import PUSH_BODY_INVALID
from clary.hub.services import push_operations, push_reading
from clary.hub.services.push_operations import PushAsked, chosen

DATASET_KINDS: Final[query.Kinds] = {
    "id": OptionType.STRING,
    "dataType": OptionType.STRING,
    "connectionId": OptionType.STRING,
    "status": OptionType.STRING,
    "requested": OptionType.DATE_TIME,
    "completed": OptionType.DATE_TIME,
}


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
    return Reply(push_operations.accept_push(call.installation, call.desk, asked))


create = partial(_push, verb=PushVerb.CREATE)
change = partial(_push, verb=PushVerb.UPDATE)
delete = partial(_push, verb=PushVerb.DELETE)


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
    [made] = push_reading.refresh_data(
        call.installation, call["company"], None, push_reading.COMPANY
    )
    return Reply.of(shapes.dataset(made))


def refresh(call: Call) -> Reply:
    """Refresh a data type."""
    [made] = push_reading.refresh_data(
        call.installation, call["company"], call.query.get("connectionId"), call["type"]
    )
    return Reply.of(shapes.dataset(made))


def refresh_all(call: Call) -> Reply:
    """Refresh all data types."""
    push_reading.refresh_data(call.installation, call["company"], None, None)
    return Reply(status=EMPTY)


def data_status(call: Call) -> Reply:
    """Show how the last refresh of each data type ended."""
    return Reply.of(push_reading.data_status(call.installation, call["company"]))


def history(call: Call) -> Reply:
    """List the refreshes of a company."""
    found = push_reading.data_history(call.installation, call["company"])
    records = [shapes.dataset(each) for each in found]
    return call.paged(*chosen(records, call.page, DATASET_KINDS))


def dataset(call: Call) -> Reply:
    """Show one refresh."""
    return Reply.of(
        shapes.dataset(push_reading.dataset(call.installation, call["company"], call["dataset"]))
    )
