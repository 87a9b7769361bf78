"""What the demo business sells: hardware, labor by the hour, and subscriptions by the month."""

from __future__ import annotations

from decimal import Decimal

from clary.companies.sandbox.seed.story import Goods

HARDWARE = """
NB|Notebook|520|96|25|13in 8GB,13in 16GB,14in 8GB,14in 16GB,14in 32GB,15in 16GB,15in 32GB,16in 32GB
DT|Desktop|410|105|26|mini 8GB,mini 16GB,tower 16GB,tower 32GB,tower 64GB,all-in-one
SR|Server|1380|610|24|tower 32GB,rack 64GB,rack 128GB
MN|Monitor|92|44|32|22in,24in,24in curved,27in,27in 4K,32in,32in 4K,34in wide
DK|Dock|74|38|34|USB-C,USB-C dual,powered,powered dual
SW|Switch|22|88|36|5 port,8 port,16 port,24 port,24 port PoE,48 port,48 port PoE
AP|Access point|84|46|36|indoor,indoor fast,ceiling,outdoor,bridge pair
FW|Firewall|265|190|33|branch,office,office plus,site
UP|Power backup|58|64|34|400VA,650VA,1000VA,1500VA,2200VA,rack 1500VA
HD|Drive|38|31|38|SSD 250GB,SSD 500GB,SSD 1TB,SSD 2TB,disk 4TB,disk 8TB,disk 12TB
RM|Memory|19|22|42|4GB,8GB,16GB,32GB,server 16GB,server 32GB
NA|File store|215|165|30|2 bay,4 bay,6 bay,8 bay
PR|Printer|118|92|30|mono,mono duplex,color,color duplex,label,photo
TN|Toner|34|13|44|black,black XL,cyan,magenta,yellow,drum
PH|Desk phone|48|27|40|basic,display,video,cordless,conference
HS|Headset|21|17|46|wired,wired stereo,wireless,wireless stereo,base and headset
CM|Camera|26|29|42|web,web HD,room,room wide
KB|Keyboard|12|11|55|wired,wireless,quiet,compact,number pad
MS|Mouse|6|7|62|wired,wireless,vertical,trackball
CB|Patch cable|2|1|150|0.5m,1m,2m,3m,5m,10m
UC|USB cable|3|2|130|0.5m,1m,2m,to video,hub
VC|Video cable|5|3|110|1m,2m,3m,5m,adapter
PW|Power strip|8|7|90|4 way,6 way,8 way,rack
RK|Rack|46|58|52|shelf,panel,wall 6U,wall 12U,floor 24U
CS|Case|17|9|60|13in,14in,15in,backpack
TA|Tablet|210|95|24|8in,10in,10in LTE,12in
"""
"""Prefix, family, cost of the first, step to the next, markup in percent, and variants."""

SERVICES = """
SV-CARE|Managed support, a device|15|35|month
SV-SERVER|Managed server|78|155|month
SV-ONSITE|On-site support|60|125|hour
SV-REMOTE|Remote support|52|105|hour
SV-INSTALL|Installation|58|115|hour
SV-PROJECT|Project work|70|145|hour
SV-DESIGN|Network design|80|165|hour
SV-REVIEW|Security review|84|175|hour
SV-TRAIN|Training|60|120|hour
SV-NIGHT|Work out of hours|92|190|hour
"""
"""Code, text, cost and price of a unit, and the unit."""

SUBSCRIPTIONS = """
NS-OFFICE|Office suite, a seat|12.40|16.50|month
NS-GUARD|Endpoint protection, a seat|3.60|5.80|month
NS-MAIL|Mail archive, a seat|2.90|4.40|month
NS-BACKUP|Cloud backup, 500 GB|19.00|29.00|month
NS-PHONE|Hosted phone, an extension|9.50|15.50|month
NS-LINE|Internet line|54.00|72.00|month
NS-FILTER|Web filter, a site|14.00|22.00|month
"""

CARE, SERVER_CARE = "SV-CARE", "SV-SERVER"
HOURLY = ("SV-ONSITE", "SV-REMOTE", "SV-INSTALL", "SV-TRAIN", "SV-NIGHT")
PROJECT = ("SV-PROJECT", "SV-DESIGN", "SV-REVIEW")

_STOCKING = ((1000, 0, 1), (400, 1, 3), (150, 2, 6), (40, 3, 11), (12, 5, 18), (0, 15, 50))
"""From which cost on: at how many goods are ordered again, and up to how many."""


def catalogue(scale: Decimal = Decimal(1)) -> list[Goods]:
    """Return everything that is sold, with costs and prices times `scale`."""
    return [
        *_hardware(scale),
        *_by_unit("service", SERVICES, scale),
        *_by_unit("non_stock", SUBSCRIPTIONS, scale),
    ]


def _hardware(scale: Decimal) -> list[Goods]:
    made = []
    for row in HARDWARE.strip().splitlines():
        prefix, family, first, step, markup, variants = row.split("|")
        for place, variant in enumerate(variants.split(",")):
            cost = ((Decimal(first) + place * Decimal(step)) * scale).quantize(Decimal("0.01"))
            price = (cost * (100 + Decimal(markup)) / 100).quantize(Decimal(1))
            reorder, target = next(rule[1:] for rule in _STOCKING if cost >= rule[0])
            made.append(
                Goods(
                    id=f"{prefix}-{place + 1:02d}",
                    name=f"{family} {variant}",
                    kind="stock",
                    cost=cost,
                    price=max(price, Decimal(1)),
                    unit="each",
                    reorder=reorder,
                    target=target,
                )
            )
    return made


def _by_unit(kind: str, table: str, scale: Decimal) -> list[Goods]:
    rows = (row.split("|") for row in table.strip().splitlines())
    return [
        Goods(
            id=code,
            name=text,
            kind=kind,
            cost=(Decimal(cost) * scale).quantize(Decimal("0.01")),
            price=(Decimal(price) * scale).quantize(Decimal("0.01")),
            unit=unit,
        )
        for code, text, cost, price, unit in rows
    ]
