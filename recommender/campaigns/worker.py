"""The worker: plans what was approved, sends what is due, and puts right what another one left behind.

Each step is a short transaction: take, look once more, (send, outside of any), note what came of it. A worker may be
killed between any two of them: what it held is due again once its lease is over, under the same id, so that whoever
receives it twice can tell. What was sent and not noted is sent again; nothing is lost.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Engine, delete
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from enterprises.database import reading, writing
from enterprises.dictionary import Dictionary
from recommender.campaigns import queue
from recommender.campaigns.campaigns import list_campaigns
from recommender.campaigns.contacts import give_up_places
from recommender.campaigns.last_check import LastCheck
from recommender.campaigns.moments import MOST_ATTEMPTS, Always, Calendar, monday_of, wait_after
from recommender.campaigns.queue import Batch, Leased
from recommender.campaigns.sending import Running
from recommender.campaigns.states import State
from recommender.campaigns.tables import WorkerRow
from recommender.channels.letters import Channel, Letter, NoAddress, Permanent, Sent, Temporary

BATCH = 200
"""Deliveries that are taken at a time."""

SLICE = 100
"""Letters that are handed to a channel at a time; the lease of the others is renewed in between."""

LEASE = timedelta(minutes=2)
RECONCILED_EVERY = timedelta(seconds=5)
GATHERED_EVERY = timedelta(minutes=10)
REMEMBERED = timedelta(days=1)
"""A worker that was not heard of for longer is not listed any more."""

Outcome = Sent | Temporary | Permanent

_log = logging.getLogger(__name__)


@dataclass
class Worker:
    """``name`` must be that of no other worker. ``day``: by which things are judged, in Asia/Shanghai; ``now``: aware.

    ``calendar`` is asked for with each batch. ``snapshots``: the folder of all enterprises as columns. ``gather``
    notes the receipts that follow from what is known already, every now and then.
    """

    engine: Engine
    dictionary: Dictionary
    channels: Mapping[str, Channel]
    snapshots: Path
    name: str
    now: Callable[[], datetime]
    day: Callable[[], date]
    calendar: Callable[[Session], Calendar] = lambda _session: Always()
    gather: Callable[[Session], object] | None = None
    lease: timedelta = LEASE
    batch: int = BATCH
    chance: Random = field(default_factory=Random)
    stopping: bool = False
    _reconciled_at: datetime | None = None
    _gathered_at: datetime | None = None
    _running: Running | None = None

    def stop(self) -> None:
        """Come to an end after what is just being done."""
        self.stopping = True

    def run(self, wait: Callable[[float], object], idle: float = 1.0) -> None:
        """Work until ``stop``; ``wait`` is told how many seconds to wait where there is nothing to do."""
        while not self.stopping:
            try:
                busy = self.step()
            except DBAPIError as error:
                # A database that is away comes back; what this worker holds is due again by then.
                _log.error("the database: %s", error.orig)
                busy = False
            if not busy and not self.stopping:
                wait(idle)

    def run_dry(self) -> int:
        """Work until there is nothing to do at this moment; how many steps that were."""
        steps = 0
        while not self.stopping and self.step():
            steps += 1
        return steps

    def step(self) -> bool:
        """Plan a campaign, or send a batch; whether there was anything to do."""
        self._reconcile()
        self._gather()
        if self._plan():
            return True
        with writing(self.engine) as session:
            batch = queue.claim(session, self.name, self.now(), self.lease, self.batch)
        if batch is None:
            # What is due by now may only be waiting to be put right.
            return self._reconcile(at_once=True)
        self._send(batch)
        return True

    def _plan(self) -> bool:
        with reading(self.engine) as session:
            if not list_campaigns(session, [State.PLANNING]):
                return False
        from recommender.campaigns.planning import Planner  # numpy, for who needs it

        known = self.engine, self.dictionary, self.snapshots, self.name, self.now, self.day, self.lease
        planner = Planner(*known, stopping=lambda: self.stopping)
        return planner.plan_one()

    def _gather(self) -> None:
        now = self.now()
        if self.gather is None or (self._gathered_at is not None and now < self._gathered_at + GATHERED_EVERY):
            return
        self._gathered_at = now
        with writing(self.engine) as session:
            self.gather(session)

    def _reconcile(self, *, at_once: bool = False) -> bool:
        """Put right what is stuck, every now and then; whether there was anything."""
        now = self.now()
        if not at_once and self._reconciled_at is not None and now < self._reconciled_at + RECONCILED_EVERY:
            return False
        self._reconciled_at = now
        with writing(self.engine) as session:
            done = queue.reconcile(session, now)
            _be_seen(session, self.name, now, "看有没有要发送的")
        if done.recovered:
            _log.info("recovered %d deliveries of workers that were not heard of any more", done.recovered)
        return done != queue.Reconciled()

    # -------------------------------------------------------------------- sending

    def _send(self, batch: Batch) -> None:
        with writing(self.engine) as session:
            letters = self._check(batch, session)
        by_id = {each.id: each for each in batch.deliveries}
        by_channel: dict[str, list[Letter]] = {}
        for letter in letters:
            by_channel.setdefault(by_id[letter.id].channel, []).append(letter)
        slices = [
            (channel, some[start : start + SLICE])
            for channel, some in by_channel.items()
            for start in range(0, len(some), SLICE)
        ]
        while slices:
            if self.stopping:
                left = [letter.id for _, some in slices for letter in some]
                with writing(self.engine) as session:
                    queue.release(session, self.name, left, self.now())
                return
            channel, some = slices.pop(0)
            outcomes = self._hand_over(channel, some)
            left = [letter.id for _, later in slices for letter in later]
            with writing(self.engine) as session:
                self._settle(batch, [by_id[letter.id] for letter in some], outcomes, session)
                if left:
                    queue.renew(session, batch, left, self.now() + self.lease)

    def _check(self, batch: Batch, session: Session) -> list[Letter]:
        if self._running is None or self._running.id != batch.campaign_id:
            self._running = Running.load(session, batch.campaign_id, self.dictionary)
        ringing = [name for name, channel in self.channels.items() if channel.rings]
        check = LastCheck(
            session, self._running, batch, self.day(), self.now(), self.calendar(session), ringing, self.dictionary
        )
        return check.check()

    def _hand_over(self, name: str, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """What became of each letter. A channel that breaks takes nobody with it: all of them are tried again."""
        channel = self.channels.get(name)
        if channel is None:
            return [Temporary(f"没有配置发送通道“{name}”")] * len(letters)
        try:
            outcomes = channel.send(letters)
        except Exception as error:
            _log.exception("the channel %s broke", name)
            return [Temporary(f"发送通道出错：{type(error).__name__}")] * len(letters)
        if len(outcomes) != len(letters):
            return [Temporary("发送通道没有逐条说明结果")] * len(letters)
        return outcomes

    def _settle(
        self, batch: Batch, deliveries: Sequence[Leased], outcomes: Sequence[Outcome], session: Session
    ) -> None:
        """Note what became of deliveries: sent, to be tried again, or dead."""
        now, sent, silent = self.now(), dict[str, list[str]](), set[str]()
        for delivery, outcome in zip(deliveries, outcomes, strict=True):
            attempts = delivery.attempts + 1
            match outcome:
                case Sent():
                    sent.setdefault(outcome.reference, []).append(delivery.id)
                case Temporary() if attempts < MOST_ATTEMPTS:
                    due_at = now + wait_after(attempts, self.chance, outcome.after)
                    queue.try_again(session, self.name, [delivery.id], attempts, due_at, str(outcome))
                case NoAddress():
                    queue.skip(session, self.name, [delivery.id], str(outcome))
                    silent.add(delivery.credit_code)
                case _:
                    tried = f"（试了 {attempts} 次）" if isinstance(outcome, Temporary) else ""
                    queue.bury(session, self.name, [delivery.id], attempts, f"{outcome}{tried}")
                    silent.add(delivery.credit_code)
        for reference, ids in sent.items():
            queue.mark_sent(session, ids, now, reference)
        give_up_places(session, batch.campaign_id, silent, monday_of(now))


def _be_seen(session: Session, name: str, now: datetime, doing: str) -> None:
    session.connection().execute(delete(WorkerRow).where(col(WorkerRow.seen_at) < now - REMEMBERED))
    row = session.get(WorkerRow, name)
    if row is None:
        row = WorkerRow(name=name, started_at=now, seen_at=now, doing=doing)
    row.seen_at, row.doing = now, doing
    session.add(row)
    session.flush()
