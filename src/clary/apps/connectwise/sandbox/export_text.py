"""What the lines of an exported invoice say, by how much was asked for.

Default    the bare type: Service
Condensed  a brief text: Ticket 4711, the item, the agreement
Detailed   ticket number, summary and notes
"""

from __future__ import annotations

from dataclasses import dataclass

BARE = {
    "service": "Service",
    "miscellaneous": "Miscellaneous",
    "agreement": "Agreement",
    "product": "Product",
    "expense": "Expense",
    "downpayment": "Down Payment",
}


@dataclass(frozen=True, slots=True)
class LineText:
    """What a line has to say."""

    kind: str
    description: str
    ticket: int | None
    summary: str | None
    notes: str | None


def text_of(line: LineText, detail: str) -> str:
    """Return the text of a line."""
    if detail == "Default":
        return BARE.get(line.kind, line.kind)
    if detail == "Condensed":
        return f"Ticket {line.ticket}" if line.ticket else line.description
    parts = [f"Ticket #{line.ticket}"] if line.ticket else []
    parts += [part for part in (line.summary or line.description, line.notes) if part]
    return ": ".join(parts)


def united_states(day: str, time: str = "12:00:00 AM") -> str:
    """Return an ISO day as the details of an export write it: 5/1/2026 12:00:00 AM."""
    year, month, date = day[:10].split("-")
    return f"{int(month)}/{int(date)}/{year} {time}"


def iso(day: str | None) -> str | None:
    """Return an ISO day as the rest of an export writes it."""
    return f"{day}T00:00:00Z" if day else None
