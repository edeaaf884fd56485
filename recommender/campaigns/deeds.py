"""Doing something with a campaign: one guarded change of its row, one event, one line in the audit log, or nothing.

The row is changed only where it still is as it was looked at. The caller commits.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col

from enterprises.audit import note
from enterprises.source_text import is_usable
from recommender.campaigns.campaigns import Campaign, load_campaign
from recommender.campaigns.content import Content, check
from recommender.campaigns.reckoning import Estimate
from recommender.campaigns.states import (
    TRANSITIONS,
    Changed,
    Deed,
    DeliveryState,
    NoReason,
    NotNow,
    NotReady,
    OwnWork,
    Refused,
    State,
    follow,
)
from recommender.campaigns.tables import CampaignEventRow, CampaignItemRow, CampaignRow, DeliveryRow, PushRow
from recommender.campaigns.versions import check_stored, keep_items, outdated_in

LONGEST_REASON = 500
"""Characters of a reason."""

WORKER = "worker"
"""The actor of what a worker does by itself."""


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, and when by the clock."""

    actor: str
    moment: datetime


def create(session: Session, content: Content, by: By) -> int:
    """Make a draft; its id. It need not be in order yet. Raises ``NotReady`` for item versions that are not stored."""
    check_stored(session, content.items)
    row = CampaignRow(
        **_columns(content),
        state=State.DRAFT.value,
        revision=1,
        secret=secrets.token_hex(16),
        made_by=by.actor,
        made_at=by.moment,
        changed_by=by.actor,
        changed_at=by.moment,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    keep_items(session, row.id, content.items)
    _note(session, row.id, 1, Deed.CREATE, None, State.DRAFT, by)
    return row.id


def save(session: Session, campaign_id: int, revision: int, content: Content, by: By) -> Campaign:
    """Change what a campaign is; it is a draft again, and whatever was approved of it is not any more.

    ``revision``: that of the campaign which was changed. Raises ``NoSuchCampaign``, ``Changed``, ``NotNow`` and
    ``NotReady`` for item versions that are not stored.
    """
    check_stored(session, content.items)
    changes = _columns(content) | {
        **_UNAPPROVED,
        **_UNPLANNED,
        "enterprises": 0,
        "pushes": 0,
        "deliveries": 0,
        "changed_by": by.actor,
        "changed_at": by.moment,
        "submitted_by": None,
        "estimate": None,
    }
    perform(session, campaign_id, Deed.SAVE, by, changes=changes, revision=revision)
    # What had been planned of it before it was sent back: none of it has gone out.
    for table in (PushRow, DeliveryRow, CampaignItemRow):
        session.connection().execute(delete(table).where(col(table.campaign_id) == campaign_id))
    keep_items(session, campaign_id, content.items)
    return load_campaign(session, campaign_id)


def submit(session: Session, campaign_id: int, estimate: Estimate, by: By, revision: int | None = None) -> Campaign:
    """Ask for approval, with the estimate that goes with it. Raises what ``perform`` does, and ``NotReady``."""
    content = load_campaign(session, campaign_id).content
    mistakes = dict(check(content))
    if outdated := outdated_in(session, content.items):
        mistakes["items"] = f"这些事项现在不是所选的版本，或者已经下架，请重新保存：{'、'.join(outdated)}"
    if mistakes:
        raise NotReady(mistakes)
    changes = {"submitted_by": by.actor, "estimate": estimate.to_text()}
    return perform(session, campaign_id, Deed.SUBMIT, by, changes=changes, revision=revision)


def approve(session: Session, campaign_id: int, by: By, revision: int | None = None) -> Campaign:
    """Approve a campaign as it is. Raises what ``perform`` does, and ``OwnWork``."""
    campaign = load_campaign(session, campaign_id)
    if by.actor in (campaign.made_by, campaign.changed_by, campaign.submitted_by):
        raise OwnWork
    changes = {"approved_by": by.actor, "approved_digest": campaign.content.digest}
    seen = campaign.revision if revision is None else revision
    return perform(session, campaign_id, Deed.APPROVE, by, changes=changes, revision=seen)


def send_back(session: Session, campaign_id: int, reason: str, by: By) -> Campaign:
    """Have a campaign changed before it goes on. Raises what ``perform`` does."""
    return perform(session, campaign_id, Deed.SEND_BACK, by, reason, changes=_UNAPPROVED)


def start(session: Session, campaign_id: int, by: By) -> Campaign:
    """Begin now what was approved; a worker plans it, then sends it. Raises what ``perform`` does."""
    return perform(session, campaign_id, Deed.START, by, changes=_UNPLANNED)


def pause(session: Session, campaign_id: int, by: By) -> Campaign:
    """Send no further batch. Raises what ``perform`` does."""
    return perform(session, campaign_id, Deed.PAUSE, by)


def resume(session: Session, campaign_id: int, by: By) -> Campaign:
    """Go on. Raises what ``perform`` does."""
    return perform(session, campaign_id, Deed.RESUME, by)


def cancel(session: Session, campaign_id: int, reason: str, by: By) -> Campaign:
    """End a campaign; what was not sent never is. Raises what ``perform`` does."""
    return perform(session, campaign_id, Deed.CANCEL, by, reason)


def retry(session: Session, campaign_id: int, by: By, delivery_ids: Collection[str] | None = None) -> int:
    """Have dead letters tried again, these or all; how many. A finished campaign runs again.

    Raises what ``perform`` does, and ``Refused`` where there are none.
    """
    state = load_campaign(session, campaign_id).state
    # The campaign first: whoever finishes it at this moment waits, and then sees that something is due again.
    perform(session, campaign_id, Deed.REOPEN if state is State.FINISHED else Deed.RETRY, by)
    wanted = update(DeliveryRow).where(
        col(DeliveryRow.campaign_id) == campaign_id, col(DeliveryRow.state) == DeliveryState.DEAD.value
    )
    if delivery_ids is not None:
        wanted = wanted.where(col(DeliveryRow.id).in_(delivery_ids))
    fresh = {"state": DeliveryState.DUE.value, "due_at": by.moment, "attempts": 0, "taken": 0, "reason": None}
    count = session.connection().execute(wanted.values(fresh)).rowcount
    if not count:
        raise Refused("没有可以重试的失败消息")
    return count


def perform(
    session: Session,
    campaign_id: int,
    deed: Deed,
    by: By,
    reason: str = "",
    *,
    changes: Mapping[str, Any] | None = None,
    revision: int | None = None,
) -> Campaign:
    """Do a deed, with what else changes in the row by it; the campaign as it is then.

    Raises ``NoSuchCampaign``, ``Changed`` where it is no longer of this ``revision``, ``NotNow``, ``NoReason`` and
    ``Refused`` for a reason that is too long.
    """
    campaign, reason = load_campaign(session, campaign_id), reason.strip()
    if revision is not None and revision != campaign.revision:
        raise Changed
    after = follow(deed, campaign.state)
    if TRANSITIONS[deed].needs_reason and not reason:
        raise NoReason(f"“{deed.label}”要写明原因")
    if not is_usable(reason):
        raise Refused("原因里有看不见的控制字符。请删去，必要时重新输入")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"原因太长了，最多 {LONGEST_REASON} 个字")
    changed = (
        update(CampaignRow)
        .where(
            col(CampaignRow.id) == campaign_id,
            col(CampaignRow.state) == campaign.state.value,
            col(CampaignRow.revision) == campaign.revision,
        )
        .values(state=after.value, revision=campaign.revision + 1, **(changes or {}))
    )
    if session.connection().execute(changed).rowcount != 1:
        now = load_campaign(session, campaign_id)
        raise Changed if deed in now.possible else NotNow(deed, now.state)
    _note(session, campaign_id, campaign.revision + 1, deed, campaign.state, after, by, reason or None)
    return load_campaign(session, campaign_id)


_UNAPPROVED: Mapping[str, Any] = {"approved_by": None, "approved_digest": None}
_UNPLANNED: Mapping[str, Any] = {"as_of": None, "snapshot": None, "planner": None, "planner_until": None}


def _columns(content: Content) -> dict[str, Any]:
    return {
        "title": content.title,
        "region": content.region,
        "department": content.department,
        "content": content.to_text(),
        "not_before": content.pace.not_before,
    }


def _note(
    session: Session,
    campaign_id: int,
    number: int,
    deed: Deed,
    before: State | None,
    after: State,
    by: By,
    reason: str | None = None,
) -> None:
    event = {
        "campaign_id": campaign_id,
        "number": number,
        "deed": deed.value,
        "before": None if before is None else before.value,
        "after": after.value,
        "actor": by.actor,
        "moment": by.moment,
        "reason": reason,
    }
    session.connection().execute(insert(CampaignEventRow), event)
    note(
        session,
        actor=by.actor,
        action=f"campaign.{deed.value}",
        about=f"campaign:{campaign_id}",
        moment=by.moment,
        detail={"campaign": campaign_id},
    )
