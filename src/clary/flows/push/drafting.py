"""A pushed document on its way into the books: what it states, what it becomes, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache

from clary.flows.push import problems
from clary.flows.push.declaring import Field, OptionType, PushType
from clary.flows.push.lookups import AccountSeen, Lookups, PartySeen
from clary.flows.push.reading import Said, Tree
from clary.kernel.errors import Code, Finding, Severity
from clary.kernel.money import canonical, money_text, round_half_up, to_minor
from clary.ledger.fields import EditionName
from clary.ledger.posting import problems as codes
from clary.ledger.posting import uk_problems

CURRENCY_RATE_PLACES = 6
"""Decimals of an exchange rate in the books."""

LARGEST_RATE = Decimal(10**9)
"""Rates beyond it, or below its inverse, are no rates of any two currencies."""

RATE_DRIFT = Decimal("0.00001")
"""How far a rate may be from the one that the books keep, as a part of it: less than what it
moves by from one minute to the next.  Currencies worth up to twenty of the base always fit."""

PENNY = Decimal("0.01")
"""What a stated amount may differ by where it was rounded."""

YEARS_BACK = 6
YEARS_AHEAD = 1
"""Dates of earlier or later years are rather slips than documents: no longer are those kept
that are behind, and nobody is invoiced further ahead (inferred)."""


@dataclass(slots=True)
class Draft:
    """One document in the making.

    Attributes:
        push_type: its data type.
        books: looks up what it refers to.
        today: civil day of the company, for documents without a date.
        said: what it states.
        refuse_foreign_bills: while Foreign Trader is off, foreign bills are errors.
        record_type: what it becomes.
        body: what the ledger's record states so far.
        further: records to make behind it, as type and body.
        findings: problems so far; fields are paths in the document.
    """

    push_type: PushType
    books: Lookups
    today: date
    said: Tree
    refuse_foreign_bills: bool = False
    record_type: str = ""
    body: dict[str, object] = field(default_factory=dict)
    further: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def edition(self) -> EditionName:
        """The edition of the company."""
        return self.books.edition

    def error(self, code: Code, where: str, **values: object) -> None:
        """Note a problem that stops the document."""
        self.findings.append(
            code.finding(record=None, field=where, severity=Severity.ERROR, **values)
        )

    def unknown(self, where: str, kind: str, value: str) -> None:
        """Note that what is referred to is not in the books, if they could be asked."""
        if self.books.has_records:
            self.error(codes.UNKNOWN_REFERENCE, where, type=kind, value=value)

    def warn(self, code: Code, where: str, **values: object) -> None:
        """Note something that the sender should know."""
        self.findings.append(
            code.finding(record=None, field=where, severity=Severity.WARNING, **values)
        )

    @property
    def failed(self) -> bool:
        """Tell whether a problem was noted that stops the document."""
        return has_errors(self.findings)

    def keeps(self, path: str) -> bool:
        """Tell whether the record has the field at a dotted path in this edition."""
        spec = self.push_type.spec(self.edition, path)
        return spec is not None and spec.rule(self.edition) is not None


def has_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether one of the findings is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def text(tree: Mapping[str, Said], path: str) -> str | None:
    """Return the text at a dotted path of objects, or none."""
    here: object = tree
    for step in path.split("."):
        here = here.get(step) if isinstance(here, dict) else None
    return here if isinstance(here, str) else None


def number(tree: Mapping[str, Said], name: str) -> Decimal | None:
    """Return the number of a property, or none."""
    value = tree.get(name)
    return value if isinstance(value, Decimal) else None


def entries(tree: Mapping[str, Said], name: str) -> list[Tree]:
    """Return the entries of a list; none where it is not stated."""
    value = tree.get(name)
    return value if isinstance(value, list) else []


@cache
def _by_name(fields: tuple[Field, ...]) -> Mapping[str, Field]:
    """Return those of some properties that are copied, by their names."""
    return {one.name: one for one in fields if not one.by_hand}


def copied(fields: tuple[Field, ...], tree: Mapping[str, Said], edition: EditionName) -> Tree:
    """Return what the ledger's record states of what a document does, field for field."""
    return dict(_copies(fields, tree, edition))


def _copies(
    fields: tuple[Field, ...], tree: Mapping[str, Said], edition: EditionName
) -> Iterator[tuple[str, Said]]:
    known = _by_name(fields)
    for name, value in tree.items():
        one = known.get(name)
        if one is None or value is None:
            continue
        ours = one.ours.get(edition)
        if isinstance(value, list):
            if ours is not None:
                yield ours, [copied(one.fields, entry, edition) for entry in value]
        elif one.kind is OptionType.OBJECT and isinstance(value, dict):
            yield from _copies(one.fields, value, edition)
        elif ours is not None:
            yield ours, value


def find_party(draft: Draft, kind: str) -> PartySeen | None:
    """Return the document's customer or supplier, or note that there is none."""
    key = text(draft.said, f"{kind}Ref.id")
    if key is None:
        return None
    record_type = "customer" if kind == "customer" else "vendor"
    found = draft.books.party(record_type, key)
    if found is None:
        draft.unknown(f"{kind}Ref.id", kind, key)
    return found


def find_account(draft: Draft, key: str | None, where: str) -> AccountSeen | None:
    """Return an account that is named, or note that there is none."""
    if key is None:
        return None
    found = draft.books.account(key)
    if found is None:
        draft.unknown(where, "account", key)
    return found


def find_bank(draft: Draft) -> AccountSeen | None:
    """Return the bank account of the document, or note that it names none."""
    key = text(draft.said, "accountRef.id")
    found = find_account(draft, key, "accountRef.id")
    if found is not None and not found.is_bank:
        draft.error(uk_problems.BANK_EXPECTED, "accountRef.id", value=found.id)
    return found


def take_currency(
    draft: Draft, usual: str | None, *, label: str = "currency", is_bill: bool = False
) -> None:
    """Check the document's currency against its party's, and take it over with its rate.

    Args:
        draft: the document.
        usual: currency of the party; none is the base currency.
        label: property that states it.
        is_bill: accepted with a warning while Foreign Trader is off (push-api.md 4).
    """
    base = draft.books.currency
    stated = text(draft.said, label)
    expected = usual or base
    chosen = expected if stated is None else stated.strip().upper()
    if draft.edition == "us" and chosen != base:
        draft.error(problems.PUSH_CURRENCY_NOT_BASE, label, stated=chosen, expected=base)
        return
    if chosen != expected:
        draft.error(uk_problems.CURRENCY_DIFFERS, label, stated=chosen, expected=expected)
        return
    take_rate(draft, is_base=chosen == base)
    if chosen == base:
        return
    draft.body["currency"] = chosen
    if not draft.books.foreign_trader:
        warned = is_bill and not draft.refuse_foreign_bills
        note = draft.warn if warned else draft.error
        note(uk_problems.FOREIGN_TRADER_OFF, label, currency=chosen)


def take_rate(draft: Draft, *, is_base: bool) -> None:
    """Take the stated rate over: the API's is base per foreign unit, ours the inverse."""
    stated = number(draft.said, "currencyRate")
    if stated is None or (is_base and stated in (0, 1)):
        return
    reason = ""
    if is_base:
        reason = "the document is in the base currency"
    elif not LARGEST_RATE > stated > 1 / LARGEST_RATE:
        reason = "no two currencies have it"
    else:
        inverse = round_half_up(1 / stated, CURRENCY_RATE_PLACES)
        if abs(stated * inverse - 1) <= RATE_DRIFT:
            draft.body["exchange_rate"] = canonical(inverse, CURRENCY_RATE_PLACES)
            return
        reason = f"the books keep its inverse, {inverse}, which has too few digits for it"
    draft.error(problems.PUSH_RATE_INVALID, "currencyRate", stated=shown(stated), reason=reason)


def note_unusual_day(draft: Draft) -> None:
    """Note the document's date where its year is far from the present one."""
    for one in draft.push_type.written(draft.edition):
        day = draft.said.get(one.name)
        is_date = one.kind is OptionType.DATE_TIME and day == draft.body.get("date")
        if is_date and isinstance(day, str) and not _is_usual(date.fromisoformat(day), draft.today):
            draft.warn(problems.PUSH_DATE_UNUSUAL, one.name, day=day)
            return


def _is_usual(day: date, today: date) -> bool:
    return today.year - YEARS_BACK <= day.year <= today.year + YEARS_AHEAD


def check_sum(
    draft: Draft,
    where: str,
    label: str,
    stated: Decimal | None,
    computed: Decimal,
    of: str,
) -> None:
    """Note it where a stated amount is not what its parts come to."""
    if stated is not None and stated != computed:
        draft.error(
            problems.PUSH_AMOUNTS_DIFFER,
            where,
            label=label,
            stated=shown(stated),
            of=of,
            computed=shown(computed),
        )


def shown(amount: Decimal) -> str:
    """Return an amount as a message shows it: two decimals, or all where it has more."""
    try:
        return money_text(to_minor(amount))
    except ValueError:
        return format(amount, "f")
