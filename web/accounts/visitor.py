"""The person behind a request, as far as is known, and what that person may do for which enterprise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody is to an enterprise. An owner may do all that a clerk may, and decide."""

    OWNER = "owner"
    CLERK = "clerk"

    @property
    def label(self) -> str:
        return {"owner": "负责人", "clerk": "经办人"}[self]

    def higher(self, other: Role | None) -> Role:
        """The one of the two that may do more."""
        return Role.OWNER if Role.OWNER in (self, other) else self


@dataclass(frozen=True)
class Visitor:
    """Who asks. ``account`` is ``None`` for somebody who has not signed in; ``roles`` by credit code."""

    account: str | None = None
    name: str = ""
    roles: Mapping[str, Role] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def signed_in(self) -> bool:
        return self.account is not None

    def role(self, credit_code: str) -> Role | None:
        """What the visitor is to an enterprise; ``None``: nothing."""
        return self.roles.get(credit_code)

    def owns(self, credit_code: str) -> bool:
        return self.role(credit_code) is Role.OWNER


ANONYMOUS = Visitor()
