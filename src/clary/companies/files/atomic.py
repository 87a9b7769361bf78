"""Writes files whole or not at all: beside the place, onto the disk, then into place."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from clary.companies.files.problems import FILE_UNWRITABLE


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a stream whose content takes the place of `path` when the block ends well.

    If the block fails, or the disk does, nothing of it is left and what stood at `path`
    before still stands there.

    Raises:
        Misconfigured: it cannot be written (FILE_UNWRITABLE).
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            with part.open("xb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FILE_UNWRITABLE.raised(file=path.name, reason=reason) from error


def sync_folder(folder: Path) -> None:
    """Put new names in a folder on the disk; Windows does that itself and opens no folder.

    Raises:
        OSError: the disk refused.
    """
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
