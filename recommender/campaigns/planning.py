"""Planning: every push and every delivery of a campaign is written before any is sent, with the id that it will have.

A worker takes the campaign for a while, decides part by part whom it reaches, and writes a few hundred enterprises in
a transaction together with how far it has come. So whatever breaks off, nothing is half written: whoever takes the
campaign next goes on behind the last enterprise that was written, by the same day and the same snapshot.

Importing this module loads numpy and pyarrow: import it where it is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import Engine, Update, delete, or_, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, and_, col, select

from enterprises.database import reading, writing
from enterprises.dictionary import Dictionary
from enterprises.population import DamagedPopulation
from enterprises.snapshots import Snapshot, of_revision, refresh
from recommender.campaigns.campaigns import Campaign, load_campaign
from recommender.campaigns.content import Content
from recommender.campaigns.deeds import WORKER, By, perform, send_back
from recommender.campaigns.estimates import pinned_items, told_of
from recommender.campaigns.matches import Reach, Reached
from recommender.campaigns.rows import add_rows
from recommender.campaigns.states import Deed, DeliveryState, Refused, State
from recommender.campaigns.tables import CampaignRow, DeliveryRow, PushRow


@dataclass(frozen=True)
class Planner:
    """Plans campaigns. ``day``: by which they are judged; ``snapshots``: the folder of all enterprises as columns."""

    engine: Engine
    dictionary: Dictionary
    snapshots: Path
    name: str
    now: Callable[[], datetime]
    day: Callable[[], date]
    lease: timedelta
    stopping: Callable[[], bool] = lambda: False

    def plan_one(self) -> bool:
        """Plan a campaign that waits for it, as far as it goes before this worker is to stop; whether there was one."""
        with writing(self.engine) as session:
            campaign_id = self._take(session)
        if campaign_id is None:
            return False
        try:
            with self._held(campaign_id):
                self._plan(campaign_id)
        except (Refused, LookupError, OverflowError) as trouble:
            with writing(self.engine) as session:
                if load_campaign(session, campaign_id).state is State.PLANNING:
                    send_back(session, campaign_id, f"名单列不出来：{trouble}", By(WORKER, self.now()))
        return True

    def _take(self, session: Session) -> int | None:
        """A campaign to plan: one that nobody plans, or whose planner was not heard of for too long."""
        now = self.now()
        free = or_(col(CampaignRow.planner).is_(None), col(CampaignRow.planner_until) < now)
        wanted = (
            select(CampaignRow.id).where(CampaignRow.state == State.PLANNING.value, free).order_by(col(CampaignRow.id))
        )
        for campaign_id in session.exec(wanted.with_for_update(skip_locked=True).limit(1)):
            mine = update(CampaignRow).where(col(CampaignRow.id) == campaign_id, free)
            taken = mine.values(planner=self.name, planner_until=now + self.lease)
            if session.connection().execute(taken).rowcount:
                return campaign_id
        return None

    @contextmanager
    def _held(self, campaign_id: int) -> Iterator[None]:
        """The campaign stays this worker's while it computes, which may take longer than a lease."""
        done = Event()

        def beat() -> None:
            while not done.wait(self.lease.total_seconds() / 3):
                with suppress(DBAPIError), writing(self.engine) as session:
                    renewed = self.mine(campaign_id).values(planner_until=self.now() + self.lease)
                    session.connection().execute(renewed)

        thread = Thread(target=beat, name=f"planning {campaign_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _plan(self, campaign_id: int) -> None:
        with reading(self.engine) as session:
            campaign = load_campaign(session, campaign_id)
        if campaign.approved_digest != campaign.content.digest:
            raise Refused("内容与批准的不一致，请重新提交审批")
        begun = self._begin(campaign)
        if begun is None:
            return
        snapshot, on = begun
        with reading(self.engine) as session:
            row = session.get_one(CampaignRow, campaign_id)
            part, after, secret = row.part, row.after_code, row.secret
            reach = Reach(campaign.content, pinned_items(session, campaign.content, snapshot), on, self.dictionary)
        writer = _Writer(self, campaign_id, campaign.content, secret)
        for number in range(part, len(snapshot.population.parts)):
            reached = reach.of_part(snapshot.population, snapshot.population.parts[number])
            with reading(self.engine) as session:
                for chunk in told_of(session, reached, campaign.content, campaign_id, after):
                    session.rollback()  # between two questions no transaction is left open: planning takes minutes
                    if not writer.write(chunk, number) or self.stopping():
                        writer.give_back()
                        return
            after = ""
            if not writer.next_part(number + 1):
                return
        with writing(self.engine) as session:
            if session.connection().execute(self.mine(campaign_id).values(planner=None)).rowcount:
                perform(session, campaign_id, Deed.PLANNED, By(WORKER, self.now()))

    def _begin(self, campaign: Campaign) -> tuple[Snapshot, date] | None:
        """The snapshot and the day to plan by. Where the snapshot is gone by which it was begun, it is begun anew."""
        if campaign.planned is not None:
            try:
                return of_revision(self.snapshots, campaign.planned.revision, self.dictionary), campaign.planned.as_of
            except DamagedPopulation:
                pass  # older snapshots are thrown away: nothing has been sent yet, so nothing is lost
        snapshot = refresh(self.engine, self.snapshots, self.dictionary)
        if snapshot is None:
            raise Refused("数据库里还没有企业")
        on = self.day()
        with writing(self.engine) as session:
            for table in (PushRow, DeliveryRow):
                session.connection().execute(delete(table).where(col(table.campaign_id) == campaign.id))
            fresh = {"part": 0, "after_code": "", "enterprises": 0, "pushes": 0, "deliveries": 0}
            begun = self.mine(campaign.id).values(as_of=on, snapshot=snapshot.revision, **fresh)
            if not session.connection().execute(begun).rowcount:
                return None
        return snapshot, on

    def mine(self, campaign_id: int) -> Update:
        """A change of the campaign's row, as long as this worker plans it."""
        return update(CampaignRow).where(
            and_(
                col(CampaignRow.id) == campaign_id,
                col(CampaignRow.state) == State.PLANNING.value,
                col(CampaignRow.planner) == self.name,
            )
        )


@dataclass(frozen=True)
class _Writer:
    """Writes what was found, with how far planning has come."""

    planner: Planner
    campaign_id: int
    content: Content
    secret: str

    def write(self, chunk: Reached, part: int) -> bool:
        """Write some enterprises; false where this worker plans the campaign no longer, and then nothing is written."""
        if not chunk.codes:
            return True
        planner = self.planner
        now = planner.now()
        deliveries = [
            {
                "id": delivery_id(self.secret, code, channel),
                "campaign_id": self.campaign_id,
                "credit_code": code,
                "channel": channel,
                "state": DeliveryState.DUE.value,
                "due_at": now,
                "attempts": 0,
                "taken": 0,
            }
            for code in chunk.codes
            for channel in self.content.channels
        ]
        pushes = [
            {
                "campaign_id": self.campaign_id,
                "credit_code": code,
                "item": push.item,
                "kind": push.kind.value,
                "amount_low": push.low,
                "amount_high": push.high,
            }
            for number, code in enumerate(chunk.codes)
            for push in chunk.pushes(number)
        ]
        with writing(planner.engine) as session:
            changes = {
                "part": part,
                "after_code": chunk.codes[-1],
                "enterprises": col(CampaignRow.enterprises) + len(chunk.codes),
                "pushes": col(CampaignRow.pushes) + len(pushes),
                "deliveries": col(CampaignRow.deliveries) + len(deliveries),
                "planner_until": now + planner.lease,
            }
            if not session.connection().execute(planner.mine(self.campaign_id).values(changes)).rowcount:
                return False
            add_rows(session, PushRow, pushes)
            add_rows(session, DeliveryRow, deliveries)
        return True

    def next_part(self, part: int) -> bool:
        """Note that a part is done."""
        planner = self.planner
        changes = {"part": part, "after_code": "", "planner_until": planner.now() + planner.lease}
        with writing(planner.engine) as session:
            return session.connection().execute(planner.mine(self.campaign_id).values(changes)).rowcount == 1

    def give_back(self) -> None:
        """Let another worker go on at once."""
        with writing(self.planner.engine) as session:
            session.connection().execute(self.planner.mine(self.campaign_id).values(planner=None))


def delivery_id(secret: str, credit_code: str, channel: str) -> str:
    """The id of a delivery, and of its letter: it follows from what it is, and cannot be guessed without the secret."""
    return hashlib.sha256(f"{secret}\n{credit_code}\n{channel}".encode()).hexdigest()[:32]
