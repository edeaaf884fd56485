"""Shortlists (名单): the foremost of any number of rows, so that a whole county can be listed in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

from enterprises.profiles import Profile
from enterprises.readings import EnterpriseOn

T = TypeVar("T")

Order = tuple[int | str | Fraction, ...]
"""What rows are ordered by: the least comes first. All of a list have the same kinds at the same places."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An enterprise as a list names it; ``None`` is unknown. ``size`` has every class that is left open."""

    credit_code: str | None
    name: str | None
    region: str | None
    industry: str | None
    entity_kind: str | None
    size: tuple[str, ...]

    @classmethod
    def of(cls, subject: EnterpriseOn) -> Listed:
        profile = subject.profile
        options = subject.read("size").options or frozenset()
        return cls(
            profile.credit_code,
            profile.name,
            known_text(profile, "region"),
            known_text(profile, "industry"),
            known_text(profile, "entity_kind"),
            tuple(value for value in subject.fact("size").values if value in options),
        )

    @property
    def order(self) -> tuple[str, str]:
        """By credit code, then by name: what decides between equals, so that a list comes out the same every time."""
        return self.credit_code or "", self.name or ""


def known_text(profile: Profile, fact: str) -> str | None:
    """A fact that is a text, as the profile has it; ``None`` where it is unknown."""
    seen = profile.facts.get(fact)
    return None if seen is None else str(seen.value)


class Shortlist(Generic[T]):
    """The first ``most`` rows by ``order``, whatever order they come in; of the others only how many there are."""

    def __init__(self, most: int, order: Callable[[T], Order]) -> None:
        if most < 1:
            raise ValueError("a shortlist holds at least one row")
        self._most, self._order = most, order
        self._rows: list[T] = []
        self.count = 0

    def add(self, row: T) -> None:
        self.count += 1
        self._rows.append(row)
        if len(self._rows) >= 2 * self._most:  # twice as many, so that sorting is seldom
            self._cut()

    @property
    def rows(self) -> tuple[T, ...]:
        self._cut()
        return tuple(self._rows)

    @property
    def left_out(self) -> int:
        """How many rows are counted but not held."""
        return max(0, self.count - self._most)

    def _cut(self) -> None:
        self._rows.sort(key=self._order)
        del self._rows[self._most :]
