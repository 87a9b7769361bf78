"""Bodies of the customers, vendors and items that a batch creates before its documents.

Whatever ConnectWise knows of them is carried over: the full address, terms, tax code,
e-mail and telephone.  Names and addresses that are too long are cut only where the
settings say so; codes (a state, a telephone number) are never cut but left out; either is
reported.  The vendor of a member is made from the member's own record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clary.apps.connectwise.shapes import (
    CatalogItem,
    Company,
    CompanySite,
    Contact,
    Member,
    Reference,
)
from clary.flows.batch import masters_problems as codes
from clary.flows.batch.directory import Directory
from clary.flows.batch.drafts import limit
from clary.flows.batch.mapping import BatchMapping, Need
from clary.flows.batch.overrides import MappingKind
from clary.flows.batch.source import SourceItem, SourceParty
from clary.flows.batch.values import Values, shortened
from clary.kernel.change import Body
from clary.kernel.errors import Finding, Rejected
from clary.kernel.money import RATE_PLACES, canonical, round_half_up
from clary.ledger.posting.problems import Problems
from clary.ledger.record import fields_of, groups_of
from clary.ledger.registry import record_type as declared_type

_ITEM_MENU = "Maintain > Default Information > Inventory Items"
_ITEM_ACCOUNTS = (
    ("sales_account_id", "sales_account", "sales", "a GL sales account"),
    ("inventory_account_id", "inventory_account", "inventory", "a GL inventory or wages account"),
    ("cost_account_id", "cost_account", "cost_of_sales", "a GL cost of sales account"),
)
"""Field of the item, what the export states, the company's default, and what it is."""


@dataclass(frozen=True, slots=True)
class Master:
    """A record to create, or why it cannot be.

    Attributes:
        need: what asked for it.
        body: its canonical body; none where a finding stops it.
        findings: errors and warnings.
    """

    need: Need
    body: Body | None
    findings: tuple[Finding, ...]


def master(need: Need, directory: Directory, mapping: BatchMapping) -> Master:
    """Return the body of a record that has to be created, with every problem it has.

    Raises:
        ClaryError: ConnectWise cannot be asked; that it does not have a record is a
            finding.
    """
    form = _Form(need.record_type, mapping, Problems(f"{need.record_type} {need.id}"))
    form.body["id"] = need.id
    try:
        if need.item is not None:
            _fill_item(form, need, need.item, directory)
        elif need.party is not None and need.party.member_id is not None:
            _fill_member(form, need.party, directory.member(need.party.member_id))
        elif need.party is not None:
            _fill_company(form, need.party, directory)
    except Rejected as refusal:
        findings = (replace(each, record=form.problems.record) for each in refusal.findings)
        return Master(need, None, (*form.problems.findings, *findings))
    form.values.finish()
    body = None if form.problems.failed else form.body
    return Master(need, body, tuple(form.problems.findings))


class _Form:
    """The body of one record in the making."""

    def __init__(self, record_type: str, mapping: BatchMapping, problems: Problems) -> None:
        self.record_type = record_type
        self.mapping = mapping
        self.problems = problems
        self.values = Values(problems)
        self.body: Body = {}

    @property
    def is_us(self) -> bool:
        """The books are of the US edition."""
        return self.mapping.edition == "us"

    def label(self, *path: str) -> str:
        """Return what the edition calls a field."""
        record = declared_type(self.record_type).record
        for name in path[:-1]:
            record = groups_of(record)[name]
        return fields_of(record)[path[-1]].label_in(self.mapping.edition)

    def name(self, value: str | None, *path: str) -> str | None:
        """Return a name or address line that fits: cut only if the settings say so."""
        where = ".".join(path)
        text = self.values.text(value, where)
        most = limit(self.record_type, self.mapping.edition, *path)
        if len(text) <= most:
            return text or None
        label = self.label(*path)
        if not self.mapping.settings.shorten_names:
            self.problems.error(
                codes.NAME_TOO_LONG, where, label=label, value=text, length=len(text), limit=most
            )
            return None
        kept = shortened(text, most)
        self.problems.warn(codes.NAME_SHORTENED, where, label=label, value=text, kept=kept)
        return kept

    def code(self, value: str | None, *path: str) -> str | None:
        """Return a code, number or address that fits whole, else none with a warning."""
        where = ".".join(path)
        text = self.values.text(value, where)
        most = limit(self.record_type, self.mapping.edition, *path)
        if len(text) <= most:
            return text or None
        label = self.label(*path)
        self.problems.warn(codes.FIELD_LEFT_OUT, where, label=label, value=text[:80], limit=most)
        return None

    def put(self, **fields: str | int | bool | None) -> None:
        """Take fields that hold something into the body."""
        self.body |= {name: value for name, value in fields.items() if value not in (None, "")}


# --- customers and vendors ---------------------------------------------------------


def _fill_company(form: _Form, party: SourceParty, directory: Directory) -> None:
    if party.company_id is None:
        company = Company(name=party.name)
        form.problems.error(codes.NAME_MISSING, "name", value=party.key)
    else:
        company = directory.company(party.company_id)
    site = _site(company, party, directory)
    contact = _contact(company, party, directory)
    _put_name(form, company.name or party.name, party.key)
    _put_address(form, _address(company, site))
    _put_contact(form, company, site, contact)
    form.put(web_site=form.code(company.website, "web_site"))
    form.put(tax_number=form.code(company.tax_identifier, "tax_number"))
    _put_terms(form, party)
    _put_tax_code(form, company, party)
    _put_currency(form, company, party)


def _put_name(form: _Form, name: str, key: str) -> None:
    if name:
        form.put(name=form.name(name, "name"))
    else:
        form.problems.error(codes.NAME_MISSING, "name", value=key)


def _site(company: Company, party: SourceParty, directory: Directory) -> CompanySite | None:
    """Return the address that bills go to, none where only the company's own is known."""
    chosen = party.site_id
    if chosen is None:
        reference = company.billing_site or company.site
        chosen = reference.id if reference else None
    if chosen is None or company.id is None:
        return None
    return directory.company_site(company.id, chosen)


def _contact(company: Company, party: SourceParty, directory: Directory) -> Contact | None:
    chosen = party.contact_id
    if chosen is None:
        reference = company.billing_contact or company.default_contact
        chosen = reference.id if reference else None
    return directory.contact(chosen) if chosen is not None else None


@dataclass(frozen=True, slots=True)
class _Address:
    line1: str | None
    line2: str | None
    city: str | None
    state: str | None
    zip: str | None
    country: Reference | None


def _address(company: Company, site: CompanySite | None) -> _Address:
    if site is None or not (site.address_line1 or site.city or site.zip):
        return _Address(
            company.address_line1,
            company.address_line2,
            company.city,
            company.state,
            company.zip,
            company.country,
        )
    state = site.state_reference
    return _Address(
        site.address_line1,
        site.address_line2,
        site.city,
        (state.identifier or state.name) if state else company.state,
        site.zip,
        site.country or company.country,
    )


def _put_address(form: _Form, address: _Address) -> None:
    field = "bill_to" if form.record_type == "customer" else "mail_to"
    fields = {
        "line1": form.name(address.line1, field, "line1"),
        "line2": form.name(address.line2, field, "line2"),
        "city": form.name(address.city, field, "city"),
        "state": form.code(address.state, field, "state"),
        "zip": form.code(address.zip, field, "zip"),
        "country": form.code(_country(form, address.country), field, "country"),
    }
    body = {name: value for name, value in fields.items() if value}
    if body:
        form.body[field] = body


def _country(form: _Form, country: Reference | None) -> str | None:
    """Return a country as the edition writes it: US by name, UK by its two letters."""
    if country is None:
        return None
    first, second = country.name, country.identifier
    if not form.is_us:
        first, second = second, first
    return first or second


def _put_contact(
    form: _Form, company: Company, site: CompanySite | None, contact: Contact | None
) -> None:
    name = f"{contact.first_name or ''} {contact.last_name or ''}".strip() if contact else ""
    telephone = (
        (site.phone_number if site else None)
        or company.phone_number
        or _reached(contact, "Phone")
        or (contact.default_phone_nbr if contact else None)
    )
    form.put(
        contact_name=form.name(name, "contact_name"),
        telephone1=form.code(telephone, "telephone1"),
        fax=form.code((site.fax_number if site else None) or company.fax_number, "fax"),
        email=form.code(company.invoice_to_email_address or _reached(contact, "Email"), "email"),
    )


def _reached(contact: Contact | None, kind: str) -> str | None:
    """Return the e-mail address or telephone number of a contact, its default one first."""
    items = [
        each
        for each in (contact.communication_items or () if contact else ())
        if each.communication_type == kind and each.value
    ]
    items.sort(key=lambda each: not each.default_flag)
    return items[0].value if items else None


def _put_terms(form: _Form, party: SourceParty) -> None:
    if party.due_days is None or party.due_days < 0:
        return
    form.put(due_days=party.due_days)
    if form.is_us:
        form.put(terms="net")
    else:
        form.put(terms_text=form.code(party.terms, "terms_text"))


def _put_tax_code(form: _Form, company: Company, party: SourceParty) -> None:
    """Take the tax code over; it is a customer's in both editions, a vendor's in the UK."""
    if form.record_type == "vendor" and form.is_us:
        return
    own = company.tax_code.shown if company.tax_code else None
    sources = [each for each in (*party.tax_xrefs, party.tax_code, own) if each]
    found = next((view for view in map(form.mapping.tax_code, sources) if view is not None), None)
    if found is not None:
        form.put(tax_code_id=found.id)
    elif sources:
        form.problems.warn(
            codes.TAX_CODE_LEFT_OUT,
            "tax_code_id",
            value=sources[0],
            party=form.body["id"],
            command=form.mapping.command(MappingKind.TAX_CODE, sources[0]),
        )


def _put_currency(form: _Form, company: Company, party: SourceParty) -> None:
    """Take a foreign currency over: it cannot be changed once there are transactions (UK)."""
    currency = party.currency
    if currency is None and company.currency is not None:
        currency = company.currency.currency_code
    if not form.is_us and currency and currency != form.mapping.books.policy.currency:
        form.put(currency=currency)


def _fill_member(form: _Form, party: SourceParty, member: Member) -> None:
    name = f"{member.first_name or ''} {member.last_name or ''}".strip() or party.name
    _put_name(form, name, party.key)
    form.put(
        telephone1=form.code(member.office_phone or member.mobile_phone, "telephone1"),
        email=form.code(member.office_email or member.primary_email, "email"),
    )
    if member.country is not None:
        country = form.code(_country(form, member.country), "mail_to", "country")
        if country:
            form.body["mail_to"] = {"country": country}


# --- items -------------------------------------------------------------------------


def _fill_item(form: _Form, need: Need, item: SourceItem, directory: Directory) -> None:
    catalog = directory.catalog_item(item.catalog_id) if item.catalog_id else CatalogItem()
    description = catalog.description or item.description or item.key
    form.put(description=form.name(description, "description"))
    form.body["class"] = need.item_class
    price = catalog.price if catalog.price is not None else item.price
    if price is not None:
        form.put(sales_price=canonical(round_half_up(price, RATE_PLACES), RATE_PLACES))
    unit = catalog.unit_of_measure.name if catalog.unit_of_measure else item.unit
    form.put(unit_of_measure=form.code(unit, "unit_of_measure"))
    if form.is_us:
        _fill_us_item(form, need.item_class, item, catalog)


def _fill_us_item(form: _Form, item_class: str, item: SourceItem, catalog: CatalogItem) -> None:
    text = form.values.text(catalog.customer_description or item.description, "sales_description")
    form.put(sales_description=shortened(text, limit("item", "us", "sales_description")))
    cost = catalog.cost if catalog.cost is not None else item.cost
    if cost is not None and item_class in ("non_stock", "service"):
        form.put(unit_cost=canonical(round_half_up(cost, RATE_PLACES), RATE_PLACES))
    if catalog.taxable_flag is not None:
        form.put(tax_type=_tax_type(form.mapping, taxable=catalog.taxable_flag))
    for field, stated_as, default, label in _item_accounts(item_class):
        _put_item_account(form, field, getattr(item, stated_as), default, label)


def _item_accounts(item_class: str) -> Sequence[tuple[str, str, str, str]]:
    """Return the accounts that a class needs: description only has but its sales account."""
    return _ITEM_ACCOUNTS[:1] if item_class == "description_only" else _ITEM_ACCOUNTS


def _tax_type(mapping: BatchMapping, *, taxable: bool) -> int | None:
    types = sorted(mapping.books.policy.tax_types.items())
    return next((number for number, is_taxed in types if is_taxed is taxable), None)


def _put_item_account(form: _Form, field: str, text: str | None, default: str, label: str) -> None:
    """Take the account of the export's row, else the company's default."""
    known = form.mapping.known_account(text)
    if known is not None:
        form.body[field] = known
        return
    used = form.mapping.books.policy.defaults.get(default)
    if used is None:
        form.problems.error(codes.DEFAULT_MISSING, field, type="item", label=label, menu=_ITEM_MENU)
        return
    form.body[field] = used
    item = form.body["id"]
    if text:
        form.problems.warn(codes.ACCOUNT_IGNORED, field, value=text, item=item, used=used)
    else:
        form.problems.warn(codes.ACCOUNT_ASSUMED, field, label=label, item=item, used=used)
