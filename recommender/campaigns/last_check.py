"""The last moment before sending: is it still so, does the enterprise want it, is this the time, is it not too much.

What fails is put where it belongs in the same transaction; what passes becomes letters.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from sqlmodel import Session, col, select

from enterprises.calendar import format_moment
from enterprises.dictionary import Dictionary
from enterprises.tables import EnterpriseRow
from recommender.campaigns import queue
from recommender.campaigns.campaigns import load_campaign
from recommender.campaigns.contacts import give_up_places, take_places
from recommender.campaigns.letters import write_letter
from recommender.campaigns.moments import Calendar, first_free, monday_of, next_monday
from recommender.campaigns.queue import Batch, Leased
from recommender.campaigns.refusals import refused
from recommender.campaigns.sending import Running
from recommender.campaigns.states import State
from recommender.campaigns.still_so import StillSo
from recommender.channels.letters import Letter
from recommender.messages.schedule import Quiet
from recommender.messages.subscribers import subscriptions_to


@dataclass(frozen=True)
class _Enterprise:
    """What is stored of an enterprise now."""

    name: str | None
    revision: int


@dataclass
class LastCheck:
    """One batch, looked at once more. ``calendar``: for everybody; ``ringing``: the channels that ring."""

    session: Session
    running: Running
    batch: Batch
    day: date
    now: datetime
    calendar: Calendar
    ringing: Collection[str]
    dictionary: Dictionary
    letters: list[Letter] = field(default_factory=list)
    _stopped: set[str] = field(default_factory=set)

    def check(self) -> list[Letter]:
        """The letters that are to be sent now, one a delivery. The caller commits."""
        owner, left = self.batch.owner, list(self.batch.deliveries)
        if load_campaign(self.session, self.running.id).state is not State.RUNNING:
            queue.release(self.session, owner, self.batch.ids, self.now)
            return []
        left = self._skip(left, set(self.batch.codes) - self._stored.keys(), "企业库里已经没有这家企业")
        left = self._skip(left, refused(self.session, self.batch.codes), "企业不再接收批量推送")
        revisions = {code: one.revision for code, one in self._stored.items()}
        still = StillSo(self.session, self.running, revisions, self.day, self.dictionary)
        said, why = still.said(list(dict.fromkeys(each.credit_code for each in left)))
        for reason in sorted(set(why.values())):
            left = self._skip(left, {code for code, given in why.items() if given == reason}, reason)
        left = self._in_time(left)
        left = self._within_cap(left)
        if self._stopped:
            give_up_places(self.session, self.running.id, self._stopped, monday_of(self.now))
        return [
            write_letter(self.running, each, self._stored[each.credit_code].name, said[each.credit_code], self.now)
            for each in left
        ]

    @cached_property
    def _stored(self) -> dict[str, _Enterprise]:
        wanted = select(EnterpriseRow.credit_code, EnterpriseRow.name, EnterpriseRow.revision).where(
            col(EnterpriseRow.credit_code).in_(self.batch.codes)
        )
        return {code: _Enterprise(name, revision) for code, name, revision in self.session.exec(wanted)}

    def _skip(self, left: Sequence[Leased], codes: Collection[str], reason: str) -> list[Leased]:
        gone = [each for each in left if each.credit_code in codes]
        if gone:
            queue.skip(self.session, self.batch.owner, [each.id for each in gone], reason)
            self._stopped |= {each.credit_code for each in gone}
        return [each for each in left if each.credit_code not in codes]

    # ------------------------------------------------------------------ is this the time

    def _in_time(self, left: Sequence[Leased]) -> list[Leased]:
        """Those for whom this is no quiet time; the others wait for the first moment that is none."""
        own = self._own_quiets([each.credit_code for each in left if each.channel in self.ringing])
        everybody = self.running.content.pace.quiet
        moments: dict[tuple[bool, tuple[Quiet, ...]], datetime | None] = {}
        waiting: dict[datetime | None, list[Leased]] = {}
        free = []
        for each in left:
            rings = each.channel in self.ringing
            key = rings, tuple(own.get(each.credit_code, ())) if rings else ()
            if key not in moments:
                moments[key] = first_free(self.calendar, (everybody, *key[1]), self.now, rings=rings)
            moment = moments[key]
            if moment is not None and moment <= self.now:
                free.append(each)
            else:
                waiting.setdefault(moment, []).append(each)
        for moment, some in waiting.items():
            self._wait(some, moment, "免打扰时间")
        return free

    def _own_quiets(self, codes: Collection[str]) -> dict[str, list[Quiet]]:
        found: dict[str, list[Quiet]] = {}
        if codes:
            for (_, code), subscription in subscriptions_to(self.session, codes).items():
                found.setdefault(code, []).append(subscription.quiet)
        return found

    def _wait(self, some: Sequence[Leased], moment: datetime | None, why: str) -> None:
        ids, owner = [each.id for each in some], self.batch.owner
        self._stopped |= {each.credit_code for each in some}
        if moment is None:
            queue.skip(self.session, owner, ids, f"{why}：一年之内都不能发送")
        else:
            queue.hold(self.session, owner, ids, moment, f"{why}，{format_moment(moment)}之后再发")

    # ------------------------------------------------------------------ is it not too much

    def _within_cap(self, left: Sequence[Leased]) -> list[Leased]:
        pace, week = self.running.content.pace, monday_of(self.now)
        cap = min(pace.weekly_cap, self.calendar.weekly_cap)
        codes = {each.credit_code for each in left}
        may = take_places(self.session, self.running.id, codes, week, cap) if codes else set()
        full = [each for each in left if each.credit_code not in may]
        if full:
            moment = first_free(self.calendar, (pace.quiet,), next_monday(self.now), rings=True)
            self._wait(full, moment, f"这家企业本周已有 {cap} 次推送")
        return [each for each in left if each.credit_code in may]
