"""Service messages: what an enterprise is told of its own affairs without asking: grants that wait for it, answers to
its appeals.

What they say is that there is something to read or to decide, until when, and where; the rest stays on its own page.
Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, col, select

from enterprises.amounts import format_money
from enterprises.calendar import SHANGHAI, format_day
from policies.library import Library
from recommender.appeals.states import Deed, State
from recommender.appeals.tables import AppealEventRow, AppealRow
from recommender.grants.states import Consent
from recommender.grants.states import State as GrantState
from recommender.grants.tables import GrantRow
from recommender.messages.news import Key, News
from recommender.messages.subscription import Topic

Affairs = Mapping[str, Sequence[News]]
"""News of an enterprise's own affairs, by credit code."""

Service = Callable[[Session, Collection[str], date, Library], Affairs]
"""Finds the affairs of some enterprises as they stand on a day, whether they were told already or not."""

GRANT_BOUNDS = (1, 7)
"""Days before the last one for saying yes from which on a grant is told again."""


def grants(session: Session, credit_codes: Collection[str], day: date, library: Library) -> Affairs:
    """Grants that wait for the enterprise's yes, and payments that the bank sent back."""
    wanted = (
        select(GrantRow)
        .where(col(GrantRow.credit_code).in_(credit_codes))
        .where(col(GrantRow.state).in_([GrantState.OFFERED.value, GrantState.RETURNED.value]))
        .order_by(col(GrantRow.confirm_by), col(GrantRow.id))
    )
    found: dict[str, list[News]] = {}
    for grant in session.exec(wanted):
        title = library.items[grant.item_id].title if grant.item_id in library.items else "一笔免申即享资金"
        found.setdefault(grant.credit_code, []).extend(_of_grant(grant, title, day))
    return found


def _of_grant(grant: GrantRow, title: str, day: date) -> Iterator[News]:
    def key(occasion: str) -> Key:
        return Key(Topic.GRANTS, grant.item_id, grant.item_version, f"{grant.id} {occasion}")

    if grant.state == GrantState.RETURNED.value:
        said = f"{title}（{format_money(grant.amount)}）被银行退回"
        yield News(key(f"returned {grant.events}"), "要您处理的付款", said, f"{said}，请到“免申即享”里核对收款账户。")
    elif grant.confirm_by is not None and day <= grant.confirm_by:
        left = (grant.confirm_by - day).days
        reached = [key(str(bound)) for bound in GRANT_BOUNDS if left <= bound]
        until = "今天是最后一天" if left == 0 else f"最后一天是 {format_day(grant.confirm_by)}，还有 {left} 天"
        otherwise = "到期没有说不要，视为同意" if grant.consent == Consent.DEEMED.value else "过期不确认就作废"
        line = f"{title}：{format_money(grant.amount)}，{until}，{otherwise}。请到“免申即享”里确认。"
        offered = key("offered")
        yield News(offered, _WAITING, f"请确认：{title}", line, (offered, *reached), closes=grant.confirm_by)
        # Told before; the nearest bound is told again, and those beyond it no more.
        for nearest in reached[:1]:
            again = f"还没有确认，{until}：{title}"
            yield News(nearest, _WAITING, again, line, tuple(reached), closes=grant.confirm_by, after=offered)


_WAITING = "等您确认的免申即享"


def appeals(session: Session, credit_codes: Collection[str], day: date, _library: Library) -> Affairs:
    """Appeals that are answered and wait to be read and rated, each with its last answer."""
    last = (
        select(col(AppealEventRow.appeal_id), func.max(col(AppealEventRow.number)).label("number"))
        .where(AppealEventRow.deed == Deed.ANSWER.value)
        .group_by(col(AppealEventRow.appeal_id))
        .subquery()
    )
    wanted = (
        select(AppealRow, AppealEventRow)
        .join(AppealEventRow, col(AppealEventRow.appeal_id) == col(AppealRow.id))
        .join(last, (last.c.appeal_id == AppealEventRow.appeal_id) & (last.c.number == AppealEventRow.number))
        .where(col(AppealRow.credit_code).in_(credit_codes), AppealRow.state == State.ANSWERED.value)
        .order_by(col(AppealRow.day), col(AppealRow.day_number))
    )
    found: dict[str, list[News]] = {}
    for appeal, event in session.exec(wanted):
        if event.moment.astimezone(SHANGHAI).date() <= day:
            found.setdefault(appeal.credit_code, []).append(_answered(appeal, event))
    return found


def _answered(appeal: AppealRow, event: AppealEventRow) -> News:
    said = f"诉求 {appeal.number} 已经答复"
    return News(
        key=Key(Topic.APPEALS, appeal.item_id or "", appeal.item_version or 0, f"{appeal.number} {event.number}"),
        heading="诉求的答复",
        title=said,
        line=f"{said}，请到“诉求”里查看并评价。",
    )
