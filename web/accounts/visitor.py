"""The person behind a request, as far as is known, and what that person may do for which enterprise."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from enterprises.regions import nested


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


class Duty(StrEnum):
    """What an official does. Whatever takes two people takes two accounts, whatever duties either of them has."""

    EDITOR = "editor"
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    FINANCE = "finance"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        return _DUTY_LABELS[self]


_DUTY_LABELS = {
    Duty.EDITOR: "政策编辑",
    Duty.REVIEWER: "政策审核",
    Duty.OPERATOR: "业务经办",
    Duty.APPROVER: "业务审批",
    Duty.FINANCE: "财务",
    Duty.AUDITOR: "审计",
    Duty.ADMINISTRATOR: "系统管理",
}


@dataclass(frozen=True, slots=True)
class Post:
    """A duty of an official, for a region and all that lies in it; ``department``: for that one only, empty for all."""

    duty: Duty
    region: str
    department: str = ""

    def covers(self, region: str | None, departments: Collection[str]) -> bool:
        """Whether something of this region (``None``: nobody knows which) and these departments belongs to the post."""
        here = region is not None and nested(region, self.region) is True
        return here and (not self.department or self.department in departments)


@dataclass(frozen=True)
class Visitor:
    """Who asks. ``account`` is ``None`` for somebody who has not signed in; ``roles`` by credit code; ``posts``: those
    of an official."""

    account: str | None = None
    name: str = ""
    roles: Mapping[str, Role] = field(default_factory=lambda: MappingProxyType({}))
    posts: tuple[Post, ...] = ()

    @property
    def signed_in(self) -> bool:
        return self.account is not None

    def role(self, credit_code: str) -> Role | None:
        """What the visitor is to an enterprise; ``None``: nothing."""
        return self.roles.get(credit_code)

    def owns(self, credit_code: str) -> bool:
        return self.role(credit_code) is Role.OWNER

    def posts_of(self, *duties: Duty) -> tuple[Post, ...]:
        """The posts with one of these duties."""
        return tuple(post for post in self.posts if post.duty in duties)

    def may(self, duty: Duty, region: str | None, departments: Collection[str] = ()) -> bool:
        """Whether the visitor has this duty for something of this region and these departments."""
        return any(post.covers(region, departments) for post in self.posts_of(duty))


ANONYMOUS = Visitor()
