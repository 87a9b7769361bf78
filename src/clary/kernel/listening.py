"""Takes a port before a server starts, so that a taken one is told in words and with a remedy.

Each server has a code of its own for that: what to do about it differs.
"""

from __future__ import annotations

import socket
from typing import Final

from clary.kernel.errors import Code

LOOPBACK: Final = "127.0.0.1"


def listen(host: str, port: int, taken: Code) -> socket.socket:
    """Return a socket that is bound to an address, for a server to listen on.

    Args:
        host: name or address of this machine.
        port: the port; 0 takes a free one.
        taken: the error where it cannot be had; its text has host, port and reason.

    Raises:
        ClaryError: the port cannot be had (`taken`).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only where the protocol is named, the event loop sends every piece of an answer at once.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise taken.raised(host=host, port=port, reason=reason) from error
    return listener


def url_of(host: str, listener: socket.socket) -> str:
    """Return the URL of a server that listens on a socket, with the port that it got."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"
