"""Makes customers, suppliers, accounts and items of pushed documents.

Source: push-api.md 2.2, rows customers and suppliers; accounts and items by the books' rules.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from clary.flows.push import problems, taxing
from clary.flows.push.countries import CODES
from clary.flows.push.drafting import Draft, copied, entries, find_account, text
from clary.flows.push.reading import Tree
from clary.flows.push.types_lists import CATEGORIES, ITEM_CLASSES, USUAL_TYPES
from clary.flows.push.types_parties import ADDRESSES, COUNTRY_CODE, UNKNOWN_COUNTRY
from clary.ledger.editions.uk import category_of

MAIN: Final = {"customer": "bill_to", "supplier": "mail_to"}
OTHERS: Final = {"customer": "ship_to", "supplier": "remit_to"}
DELIVERY: Final = "Delivery"


def build_party(draft: Draft, *, kind: str) -> None:
    """Make a customer or vendor of what is stated."""
    said = draft.said
    draft.body.update(copied(draft.push_type.fields, said, draft.edition))
    _take_status(draft, "status")
    if draft.edition == "us":
        _check_base(draft, "defaultCurrency")
    stated = entries(said, ADDRESSES)
    if draft.edition == "uk" and len(stated) > 1:
        draft.error(problems.PUSH_ONE_ADDRESS, ADDRESSES, count=len(stated))
        return
    for position, address in enumerate(stated):
        _take_address(draft, address, kind, f"{ADDRESSES}.{position}")


build_customer = partial(build_party, kind="customer")
build_supplier = partial(build_party, kind="supplier")


def _take_status(draft: Draft, name: str) -> None:
    status = text(draft.said, name)
    if status is not None:
        draft.body["inactive"] = status == "Archived"


def _check_base(draft: Draft, name: str) -> None:
    """Note a currency that is not the company's; then the record has none of its own."""
    stated, base = text(draft.said, name), draft.books.currency
    if stated is not None and stated.strip().upper() != base:
        draft.error(problems.PUSH_CURRENCY_NOT_BASE, name, stated=stated, expected=base)


def _take_address(draft: Draft, stated: Tree, kind: str, where: str) -> None:
    field = next(one for one in draft.push_type.fields if one.name == ADDRESSES)
    address: dict[str, object] = dict(copied(field.fields, stated, draft.edition))
    if draft.edition == "uk":
        _take_country(draft, stated, address, where)
    main, others = MAIN[kind], OTHERS[kind]
    is_other = text(stated, "type") == DELIVERY or main in draft.body
    if not is_other:
        draft.body[main] = address
        return
    listed = draft.body.setdefault(others, [])
    if isinstance(listed, list):
        listed.append(address)


def _take_country(draft: Draft, stated: Tree, address: dict[str, object], where: str) -> None:
    """Take the country code over from either property that may hold it."""
    name = COUNTRY_CODE if text(stated, COUNTRY_CODE) is not None else "country"
    code = (text(stated, name) or "").strip().upper()
    address.pop("country", None)
    if code in CODES:
        address["country"] = code
    elif code and code != UNKNOWN_COUNTRY:
        draft.error(problems.PUSH_COUNTRY_UNKNOWN, f"{where}.{name}", value=text(stated, name))


def build_account(draft: Draft) -> None:
    """Make an account of what is stated."""
    said = draft.said
    draft.body.update(copied(draft.push_type.fields, said, draft.edition))
    _take_status(draft, "status")
    _check_base(draft, "currency")
    is_bank = said.get("isBankAccount") is True
    if draft.edition == "uk":
        if is_bank:
            draft.body["kind"] = "bank"
        _check_uk_type(draft)
        return
    category = text(said, "fullyQualifiedCategory")
    stated = text(said, "type")
    found = next((ours for ours, name in CATEGORIES["us"].items() if name == category), None)
    if found is None:
        found = "cash" if is_bank else USUAL_TYPES.get(stated or "")
    if found is not None:
        draft.body["type"] = found
        _check_type(draft, CATEGORIES["us"][found])


def _check_uk_type(draft: Draft) -> None:
    """Check the type against the range of the chart of accounts that the code is in."""
    category = category_of(text(draft.said, "nominalCode") or "")
    if category is not None:
        _check_type(draft, CATEGORIES["uk"][category])


def _check_type(draft: Draft, category: str) -> None:
    stated, found = text(draft.said, "type"), category.partition(".")[0]
    if stated is not None and stated != found:
        draft.error(problems.PUSH_ACCOUNT_TYPE_WRONG, "type", found=found, stated=stated)


def build_item(draft: Draft) -> None:
    """Make an item of what is stated."""
    said = draft.said
    draft.body.update(copied(draft.push_type.fields, said, draft.edition))
    _take_status(draft, "itemStatus")
    stated = text(said, "type")
    classes = (ours for ours, name in ITEM_CLASSES.items() if name == stated)
    if stated is not None:
        draft.body["class"] = next(classes)
    for name in ("invoiceItem", "billItem"):
        find_account(draft, text(said, f"{name}.accountRef.id"), f"{name}.accountRef.id")
    rate = text(said, "invoiceItem.taxRateRef.id")
    taxing.take_uk_rate(draft, rate, draft.body, "invoiceItem.taxRateRef.id")
