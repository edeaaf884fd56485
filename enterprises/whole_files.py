"""Files that are there whole or not at all, whenever the process or the machine stops."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A draft to write, which takes the place of ``path`` at the end, unless something failed."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.touch()
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Have ``write`` write a draft of ``path``."""
    with whole_file(path) as draft:
        write(draft)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal. Raises ``OSError``."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
