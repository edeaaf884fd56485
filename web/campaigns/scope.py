"""Whose campaigns an official sees, and what may go into one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import abort

from enterprises.regions import children, nested
from policies.items import Item
from policies.library import Library
from web.accounts.visitor import Duty
from web.pages import settings, visitor

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.campaigns.campaigns import Campaign

ALL_DUTIES = (Duty.OPERATOR, Duty.APPROVER, Duty.AUDITOR)
"""Who may see how a campaign fares."""


def departments(department: str) -> tuple[str, ...]:
    """A campaign's department as posts ask for it."""
    return (department,) if department else ()


def covers(region: str, department: str, *duties: Duty) -> bool:
    """Whether the visitor has one of these duties for a campaign of this region and department."""
    return any(visitor().may(duty, region, departments(department)) for duty in duties)


def load(database: Session, campaign_id: int, *duties: Duty) -> Campaign:
    """A campaign that the visitor has one of these duties for; else the answer is 404 or 403."""
    from recommender.campaigns.campaigns import load_campaign
    from recommender.campaigns.states import NoSuchCampaign

    try:
        campaign = load_campaign(database, campaign_id)
    except NoSuchCampaign:
        abort(404)
    if not covers(campaign.content.region, campaign.content.department, *duties):
        abort(403)
    return campaign


def may_name(region: str | None, department: str, *duties: Duty) -> bool:
    """Whether the visitor may read the name of an enterprise there."""
    return bool(region) and any(visitor().may(duty, region, departments(department)) for duty in duties)


def places() -> Iterator[tuple[str, str]]:
    """The regions and departments that an operator may make a campaign for: those of the posts, and what lies in them;
    an empty department where a post is for all."""
    seen = dict.fromkeys(
        (code, post.department)
        for post in visitor().posts_of(Duty.OPERATOR)
        for code in (post.region, *(below.code for below in children(post.region)))
    )
    yield from seen


def open_items(library: Library, region: str, department: str) -> dict[str, Item]:
    """The items that a campaign of a region and department may push, by id: open, in force there or in a part of it,
    and, where the campaign is of a department, that department's."""
    on = settings().day()
    return {
        item.id: item
        for item in library.published
        if item.window.state(on).is_open
        and (nested(region, item.document.region) is True or nested(item.document.region, region) is True)
        and (not department or department in item.departments)
    }
