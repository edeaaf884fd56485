"""What waits for an official, as the sections of the console say it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from web.accounts.visitor import Duty


@dataclass(frozen=True)
class Waiting:
    """So many things that wait for somebody with this duty: what is to be done with them, and where."""

    duty: Duty
    count: int
    label: str
    address: str


Waits = Callable[[], Iterator[Waiting]]
"""A section's answer, for the visitor of the request; it asks the database, and counts only what their posts cover."""
