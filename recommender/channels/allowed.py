"""Who may be reached at all: in production anybody, elsewhere only those who are listed, and without a list nobody."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.channels.letters import Permanent


@dataclass(frozen=True, slots=True)
class Allowed:
    """``recipients``: hosts, addresses, numbers, or ``@host`` for every address there; they count outside production.

    Whoever tries something out on a copy of the real data must not write to real enterprises.
    """

    production: bool = False
    recipients: frozenset[str] = frozenset()

    def permits(self, recipient: str) -> bool:
        """Whether something may be sent to a host, an address or a number."""
        if self.production:
            return True
        wanted = recipient.strip().casefold()
        known = {each.strip().casefold() for each in self.recipients} - {""}
        _, at, host = wanted.rpartition("@")
        return wanted in known or bool(at and f"@{host}" in known)

    def refusal(self, recipient: str) -> Permanent | None:
        """Why nothing is sent there; ``None`` where it may be. It does not name the recipient."""
        if self.permits(recipient):
            return None
        return Permanent(
            "这不是正式环境（HUIQI_PRODUCTION=1），收件方不在允许的名单（HUIQI_ALLOWED_RECIPIENTS）里，没有发送"
        )
