"""Writes a letter as plain text, as a page of HTML, and as JSON for webhooks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from clary.hub.notifying.letters import Item, Letter, Section

WIDTH: Final = 76
SUBJECT_LENGTH: Final = 150

_FONT: Final = "font-family:Segoe UI,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.45"
_INK: Final = "color:#1f2933"
_FAINT: Final = "color:#52606d"
_CELL: Final = "padding:6px 10px;border-bottom:1px solid #e4e7eb;vertical-align:top;text-align:left"


def one_line(text: str, longest: int = SUBJECT_LENGTH) -> str:
    """Return a text as one line without signs that cannot be seen."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    line = " ".join(shown.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def as_text(letter: Letter) -> str:
    """Return a letter as plain text of at most 76 columns, addresses apart."""
    parts = ["\n".join(_section_lines(section)) for section in letter.sections]
    if letter.more:
        parts.append(_wrapped(_left_out(letter.more)))
    body = f"\n\n{'-' * WIDTH}\n\n".join(parts)
    return f"{body}\n\n-- \n{_wrapped(letter.footer)}\n"


def _section_lines(section: Section) -> Iterator[str]:
    yield _wrapped(section.title)
    if section.facts:
        width = max(len(name) for name, _ in section.facts)
        yield ""
        for name, value in section.facts:
            yield _wrapped(f"{name:<{width}}  {one_line(value, 400)}", "  ", " " * (width + 4))
    if section.items:
        yield ""
        for number, item in enumerate(section.items, start=1):
            yield from _item_lines(number, item)
    if section.more:
        yield f"  ... and {section.more:,} more."
    if section.advice:
        yield ""
        yield _wrapped(f"What to do: {section.advice}")
    if section.link or section.command:
        yield ""
    if section.link:
        yield f"  {section.link}"
    if section.command:
        yield f"  {section.command}"


def _item_lines(number: int, item: Item) -> Iterator[str]:
    yield _wrapped(f"{number:>3}. {one_line(item.what, 200)}", "", "     ")
    for text in (item.why, item.advice):
        if text:
            yield _wrapped(one_line(text, 400), "     ", "     ")


def _wrapped(text: str, first: str = "", later: str = "") -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _left_out(more: int) -> str:
    return f"{more:,} more of the same kind happened and are not listed here."


def as_page(letter: Letter) -> str:
    """Return a letter as HTML without anything that is loaded from elsewhere."""
    sections = "".join(_section_page(section) for section in letter.sections)
    more = f'<p style="{_FAINT}">{escape(_left_out(letter.more))}</p>' if letter.more else ""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(letter.subject)}</title></head>"
        f'<body style="{_FONT};{_INK};margin:0;padding:16px;background:#f5f7fa">'
        '<div style="max-width:680px;margin:0 auto;background:#ffffff;padding:8px 24px 20px;'
        'border:1px solid #e4e7eb;border-radius:6px">'
        f"{sections}{more}</div>"
        f'<p style="max-width:680px;margin:12px auto;font-size:13px;{_FAINT}">'
        f"{escape(letter.footer)}</p></body></html>\n"
    )


def _section_page(section: Section) -> str:
    parts = [f'<h2 style="font-size:18px;margin:18px 0 8px">{escape(section.title)}</h2>']
    if section.facts:
        rows = "".join(
            f'<tr><th style="{_FAINT};font-weight:normal;text-align:left;padding:2px 16px 2px 0;'
            f'vertical-align:top">{escape(name)}</th>'
            f'<td style="padding:2px 0">{escape(one_line(value, 400))}</td></tr>'
            for name, value in section.facts
        )
        parts.append(f'<table style="border-collapse:collapse;margin:0 0 12px">{rows}</table>')
    if section.items:
        parts.append(_items_page(section))
    if section.more:
        parts.append(f'<p style="{_FAINT}">… and {section.more:,} more.</p>')
    if section.advice:
        parts.append(f"<p><strong>What to do:</strong> {escape(section.advice)}</p>")
    if section.link:
        parts.append(
            f'<p><a href="{escape(section.link)}" style="color:#0b69a3">{escape(section.link)}'
            "</a></p>"
        )
    if section.command:
        parts.append(
            f'<p style="{_FAINT};font-size:13px">On the command line: '
            f"<code>{escape(section.command)}</code></p>"
        )
    return "".join(parts)


def _items_page(section: Section) -> str:
    rows = "".join(
        f'<tr><td style="{_CELL};min-width:140px">{escape(one_line(item.what, 200))}</td>'
        f'<td style="{_CELL}">{escape(one_line(item.why, 400))}{_advice_page(item)}</td></tr>'
        for item in section.items
    )
    return f'<table style="border-collapse:collapse;width:100%;margin:8px 0">{rows}</table>'


def _advice_page(item: Item) -> str:
    if not item.advice:
        return ""
    gap = "<br>" if item.why else ""
    return f'{gap}<span style="{_FAINT}">{escape(one_line(item.advice, 400))}</span>'


def as_document(letter: Letter, kind: str, moment: str) -> dict[str, Any]:
    """Return a letter as the payload of a webhook.

    Args:
        letter: what it says.
        kind: the kind of what happened, or `digest`.
        moment: when it was written, as text.
    """
    return {
        "type": kind,
        "timestamp": moment,
        "data": {
            "subject": letter.subject,
            "sections": [section.as_dict() for section in letter.sections],
            "more": letter.more,
        },
    }
