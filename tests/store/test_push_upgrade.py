"""Pushes that were accepted by an older program know after it which books they are for."""

from __future__ import annotations

from sqlalchemy import insert, select

from clary.store import Database
from clary.store.migrate import upgrade
from clary.store.portable import tables


def test_what_was_accepted_before_is_for_what_its_connection_is_linked_to(empty_url: str) -> None:
    database = Database.open(empty_url)
    with database.write() as write:
        upgrade(write, "0010")
        found = {table.name: table for table in tables(write)}
        company = {"id": "c", "name": "C", "tags": "{}", "created_at": "1", "created_by": "me"}
        write.execute(insert(found["push_companies"]).values(company))
        linked = {"id": "l", "company": "c", "platform": "hbql", "status": "Linked"}
        linked |= {"bound": "north", "identity": "{N}", "created_at": "1"}
        write.execute(insert(found["push_connections"]).values(linked))
        stated = {"company": "c", "data_type": "customers", "verb": "create", "document": "{}"}
        stated |= {"author": "me", "status": "Pending", "requested_at": "1", "findings": "[]"}
        for key, connection in (("kept", "l"), ("orphan", "gone")):
            values = {**stated, "key": key, "connection": connection, "force_update": False}
            write.execute(insert(found["push_operations"]).values(values))
        upgrade(write, "0011")
        operation = {table.name: table for table in tables(write)}["push_operations"].c
        query = select(operation.key, operation.bound, operation.identity).order_by(operation.key)
        rows = [tuple(row) for row in write.execute(query)]
    database.close()
    assert rows == [("kept", "north", "{N}"), ("orphan", None, None)]
