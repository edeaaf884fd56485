"""What an enterprise has to look at first: at the top of its own page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from flask import url_for

from enterprises.amounts import format_money
from enterprises.calendar import format_day
from recommender.explanation import Explanation
from recommender.grants.grants import NEAR
from recommender.match import Verdict
from web.pages import stored

SOON = 30
"""Days; what ends within so many is pointed out."""


class Notice(NamedTuple):
    """A sentence, where it leads, and whether it cannot wait."""

    text: str
    address: str
    urgent: bool


def attention(credit_code: str, explanation: Explanation) -> tuple[Notice, ...]:
    """What to look at first, the most urgent first: what waits for an answer, answers, what ends soon."""
    found = (*_waiting(credit_code, explanation.on), *deadlines(credit_code, explanation))
    return tuple(sorted(found, key=lambda notice: not notice.urgent))


def _waiting(credit_code: str, on: date) -> Iterator[Notice]:
    from recommender.appeals.history import answered_unread
    from recommender.grants.sums import waiting

    with stored().reading() as database:
        grants, answers = waiting(database, credit_code, on), answered_unread(database, credit_code)
    if grants.count and grants.nearest is not None:
        left = (grants.nearest - on).days
        until = "今天是最后一天" if not left else f"最早的 {format_day(grants.nearest)}截止"
        said = f"有 {grants.count} 笔免申即享等您确认，共 {format_money(grants.amount)}，{until}"
        yield Notice(said, url_for("grants.show_list", credit_code=credit_code), left <= NEAR)
    if answers:
        yield Notice(f"有 {answers} 件诉求得到了答复", url_for("appeals.show_list", credit_code=credit_code), False)


def deadlines(credit_code: str, explanation: Explanation) -> Iterator[Notice]:
    """What the enterprise can have or may have, and can apply for only for some more days."""
    ending = []
    for match in explanation.matches:
        closes = match.item.window.closes
        own = match.item.window != match.item.document.validity
        if own and closes is not None and match.offered and match.verdict is not Verdict.INELIGIBLE:
            left = (closes - explanation.on).days
            if 0 <= left <= SOON:
                ending.append((left, match.item))
    for left, item in sorted(ending, key=lambda pair: (pair[0], pair[1].id)):
        when = "今天是最后一天" if not left else f"还有 {left} 天截止"
        address = url_for("own_items.show", credit_code=credit_code, item_id=item.id)
        yield Notice(f"“{item.title}”{when}", address, left <= NEAR)
