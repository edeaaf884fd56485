"""What of a plan is still so at the last moment: items that are still open, enterprises that still match.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Update, update
from sqlmodel import Session, col, select

from enterprises.dictionary import Dictionary
from enterprises.profile_text import ProfileText
from enterprises.profiles import Profile
from enterprises.tables import EnterpriseRow
from policies.items import WindowState
from recommender.campaigns.content import Kind
from recommender.campaigns.judging import Dropped, Judge, Judged
from recommender.campaigns.left_out import LeftOut, Pair
from recommender.campaigns.sending import Running
from recommender.campaigns.states import DeliveryState
from recommender.campaigns.tables import DeliveryRow, PushRow
from recommender.campaigns.versions import current_versions

TOLD = Dropped("另一次推送已经告诉企业，或者正要告诉")
DONE = Dropped("企业已经申报或领取")


@dataclass(frozen=True, slots=True)
class StillSo:
    """``revisions``: of the enterprises as they are stored now; ``day``: by which it is judged."""

    session: Session
    running: Running
    revisions: Mapping[str, int]
    day: date
    dictionary: Dictionary

    def said(self, codes: Sequence[str]) -> tuple[dict[str, dict[int, Judged]], dict[str, str]]:
        """What each enterprise is told, and, of those that are told nothing any more, why."""
        closed = self._closed()
        left_out = self._left_out(codes)
        profiles = self._profiles(codes)
        judge = Judge(
            self.running.content.selection.rule(self.running.content.region),
            self.running.content.selection.kinds,
            self.day,
            self.dictionary,
        )
        said: dict[str, dict[int, Judged]] = {code: {} for code in codes}
        dropped: dict[tuple[str, int], str] = {}
        changed: list[tuple[str, int, Judged]] = []
        for push in self._pushes(codes):
            planned = Judged(Kind(push.kind), push.amount_low, push.amount_high)
            found: Judged | Dropped = planned
            if push.item in closed:
                found = Dropped(closed[push.item])
            elif why_not := left_out.get((push.credit_code, self.running.items[push.item].id)):
                found = why_not
            elif push.credit_code in profiles:
                found = judge.again(profiles[push.credit_code], self.running.items[push.item])
            if isinstance(found, Dropped):
                dropped[push.credit_code, push.item] = found.reason
                continue
            said[push.credit_code][push.item] = found
            if (found.kind, found.low, found.high) != (planned.kind, planned.low, planned.high):
                changed.append((push.credit_code, push.item, found))
        self._keep(dropped, changed)
        why: dict[str, str] = {}
        for code in codes:
            if not said[code]:
                reasons = {reason for (whose, _), reason in dropped.items() if whose == code}
                why[code] = reasons.pop() if len(reasons) == 1 else "没有要告诉的事项了"
        return said, why

    def _closed(self) -> dict[int, str]:
        """The items that nobody is told of any more, and why."""
        items = self.running.items
        now = current_versions(self.session, [item.id for item in items.values()])
        closed = {}
        for number, item in items.items():
            state = item.window.state(self.day)
            if item.id not in now:
                closed[number] = "事项已经下架"
            elif now[item.id] != item.version:
                closed[number] = "事项已有新的版本"
            elif not state.is_open:
                closed[number] = "事项已经过期" if state is WindowState.EXPIRED else "事项尚未开始"
        return closed

    def _left_out(self, codes: Sequence[str]) -> dict[Pair, Dropped]:
        items = [item.id for item in self.running.items.values()]
        left_out = LeftOut(self.session, self.running.id, items, self.running.content.selection)
        told, done = left_out.told(self.session, codes), left_out.done(self.session, codes)
        return dict.fromkeys(told, TOLD) | dict.fromkeys(done, DONE)

    def _pushes(self, codes: Sequence[str]) -> Sequence[PushRow]:
        wanted = select(PushRow).where(
            PushRow.campaign_id == self.running.id,
            col(PushRow.credit_code).in_(codes),
            col(PushRow.reason).is_(None),
        )
        return self.session.exec(wanted.order_by(col(PushRow.credit_code), col(PushRow.item))).all()

    def _profiles(self, codes: Sequence[str]) -> dict[str, Profile]:
        """The profiles of those who are judged again: who has changed, or all, where the day is another one, or where
        it is said what is missing."""
        everybody = self.day != self.running.as_of or self.running.content.selection.kinds != {Kind.ELIGIBLE}
        wanted = [code for code in codes if everybody or self.revisions[code] > self.running.snapshot]
        if not wanted:
            return {}
        texts = ProfileText(self.dictionary)
        rows = self.session.exec(
            select(EnterpriseRow.credit_code, EnterpriseRow.profile).where(col(EnterpriseRow.credit_code).in_(wanted))
        )
        return {code: texts.read(code, text) for code, text in rows}

    def _keep(self, dropped: Mapping[tuple[str, int], str], changed: Sequence[tuple[str, int, Judged]]) -> None:
        """Note with the pushes what has changed; not where the enterprise was told of them by another channel."""
        codes = {code for code, _ in dropped} | {code for code, _, _ in changed}
        if not codes:
            return
        told = set(
            self.session.exec(
                select(DeliveryRow.credit_code).where(
                    DeliveryRow.campaign_id == self.running.id,
                    col(DeliveryRow.credit_code).in_(codes),
                    DeliveryRow.state == DeliveryState.SENT.value,
                )
            )
        )
        database = self.session.connection()
        for (code, item), reason in sorted(dropped.items()):
            if code not in told:
                database.execute(self._push(code, item).values(reason=reason))
        for code, item, found in changed:
            if code not in told:
                values = {"kind": found.kind.value, "amount_low": found.low, "amount_high": found.high}
                database.execute(self._push(code, item).values(values))

    def _push(self, code: str, item: int) -> Update:
        return update(PushRow).where(
            col(PushRow.campaign_id) == self.running.id,
            col(PushRow.credit_code) == code,
            col(PushRow.item) == item,
        )
