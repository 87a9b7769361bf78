"""Sales tax of US documents as the push API shows it: on the lines, where its clients look for it.

Sage works the tax out of the whole document and keeps it with no line.  What is shown of a line
has to be what a client may send back as it is: the shares add up to the document's tax, and only
lines that are taxed have the tax rate (US sales: `taxing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import cycle

from clary.flows.push.drafting import PENNY
from clary.flows.push.lookups import TaxRateSeen
from clary.flows.push.showing import ZERO, Showing, amount, rows, word
from clary.kernel.change import Body, JsonValue
from clary.kernel.money import round_half_up
from clary.ledger.posting.us_tax import REGULAR


def us_taxed(
    body: Body, showing: Showing
) -> Iterator[tuple[Mapping[str, JsonValue], Decimal, str | None]]:
    """Yield each line of a US sales document with its share of the tax and its tax code, if any.

    Args:
        body: the document as the books have it.
        showing: looks its tax code up.
    """
    code, lines = word(body, "tax_code_id"), rows(body, "lines")
    rated = [code is not None and _is_rated(line, body) for line in lines]
    nets = [amount(line, "amount") for line, on in zip(lines, rated, strict=True) if on]
    shares = iter(_shares(body, showing.books.tax_rate(code) if code and nets else None, nets))
    for line, is_rated in zip(lines, rated, strict=True):
        yield (line, next(shares), code) if is_rated else (line, ZERO, None)


def _is_rated(line: Mapping[str, JsonValue], body: Body) -> bool:
    """Tell whether a line is taxed; one without a tax type is where the document has tax."""
    kind = line.get("tax_type")
    return bool(amount(body, "tax_total")) if kind is None else kind == REGULAR


def _shares(body: Body, rate: TaxRateSeen | None, nets: list[Decimal]) -> list[Decimal]:
    """Return the tax of each line that is taxed; tax on freight is that of no line."""
    tax, freight = amount(body, "tax_total"), amount(body, "freight_amount")
    whole = sum(nets, ZERO)
    if rate is None:
        return _by_net(tax, nets)
    if freight and tax == rate.tax_of(whole + freight):
        tax = rate.tax_of(whole)
    own = [rate.tax_of(net) for net in nets]
    rest = tax - sum(own, ZERO)
    if abs(rest) > rate.slack * len(nets):
        return _by_net(tax, nets)
    penny = PENNY.copy_sign(rest)
    largest = sorted(range(len(nets)), key=lambda place: -abs(nets[place]))
    for _, place in zip(range(int(abs(rest) / PENNY)), cycle(largest), strict=False):
        own[place] += penny
    return own


def _by_net(tax: Decimal, nets: list[Decimal]) -> list[Decimal]:
    """Return tax that no known rate gives, spread by what the lines come to."""
    whole, done, given = sum(nets, ZERO), ZERO, ZERO
    shares = []
    for net in nets:
        done += net
        upto = round_half_up(tax * done / whole) if whole else tax
        shares.append(upto - given)
        given = upto
    return shares
