"""Campaigns in words, as the pages of officials show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from enterprises.calendar import format_day, format_moment
from enterprises.regions import full_name
from recommender.campaigns.content import KINDS, Content, Pace
from recommender.campaigns.states import DeliveryState, State
from web.campaigns import choices
from web.campaigns.channels import label
from web.campaigns.forms import Step
from web.pages import library, settings

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.campaigns.campaigns import Campaign, Summary

FIELD_STEPS: Mapping[str, Step] = {
    **dict.fromkeys(("title", "region", "department"), Step.BASICS),
    "items": Step.ITEMS,
    **dict.fromkeys(("kinds", "regions", "industries", "sizes", "entity_kinds", "tiers", "codes"), Step.PEOPLE),
    **dict.fromkeys(("template.title", "template.opening", "template.each", "template.closing"), Step.MESSAGE),
    **dict.fromkeys(("channels", "weekly_cap", "not_before"), Step.SENDING),
}
"""In which step a field is mended that ``recommender.campaigns.content.check`` names."""

LOOKS = {
    State.DRAFT: "over",
    State.SUBMITTED: "wait",
    State.APPROVED: "wait",
    State.PLANNING: "wait",
    State.RUNNING: "ok",
    State.PAUSED: "alarm",
    State.FINISHED: "ok",
    State.CANCELLED: "over",
}
"""The look of a state; its word stands beside it."""

DELIVERY_LOOKS = {
    DeliveryState.DUE: "wait",
    DeliveryState.LEASED: "wait",
    DeliveryState.HELD: "wait",
    DeliveryState.SENT: "ok",
    DeliveryState.SKIPPED: "over",
    DeliveryState.DEAD: "alarm",
}

WORKER = "后台程序"

MOST_TITLES = 10


@dataclass(frozen=True, slots=True)
class Row:
    """A campaign in a list."""

    summary: Summary
    place: str
    look: str
    changed: str


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done with a campaign, once or several times in a row by the same person; ``when``: at last."""

    label: str
    who: str
    when: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A campaign in words. ``facts``: what it is, a heading and a sentence each; ``history``: the last deed first."""

    place: str
    look: str
    facts: tuple[tuple[str, str], ...]
    history: tuple[Done, ...]


def show_summaries(found: Iterable[Summary]) -> list[Row]:
    """Campaigns as rows of a table."""
    return [
        Row(each, place(each.region, each.department), LOOKS[each.state], format_moment(each.changed_at))
        for each in found
    ]


def show_campaign(database: Session, campaign: Campaign) -> Shown:
    """A campaign in words, with the names of who did what."""
    from web.accounts.people import names_of

    content = campaign.content
    names = names_of(database, {event.actor for event in campaign.history}, settings().seal)
    history: list[Done] = []
    for (deed, actor), events in groupby(reversed(campaign.history), key=lambda each: (each.deed, each.actor)):
        some = list(events)
        said = f"{deed.label} {len(some)} 次" if len(some) > 1 else deed.label
        reason = "\n".join(filter(None, (each.reason for each in some))) or None
        history.append(Done(said, names.get(actor, WORKER), format_moment(some[0].moment), reason))
    return Shown(
        place(content.region, content.department),
        LOOKS[campaign.state],
        (
            ("事项", items(content)),
            ("推送给谁", people(content)),
            ("渠道", "、".join(map(label, content.channels))),
            *_pace(content.pace),
        ),
        tuple(history),
    )


def place(region: str, department: str) -> str:
    """Whose campaign it is."""
    return f"{full_name(region)}，{department}" if department else full_name(region)


def items(content: Content) -> str:
    """Which items, the first ones by their titles."""
    known = library().items
    titles = [known[each.item_id].title if each.item_id in known else each.item_id for each in content.items]
    more = f"等 {len(titles)} 个" if len(titles) > MOST_TITLES else ""
    return "；".join(titles[:MOST_TITLES]) + more if titles else "还没有选"


def people(content: Content) -> str:
    """Who is told, in a sentence."""
    chosen = content.selection
    regions = "、".join(full_name(code) for code in chosen.regions) or full_name(content.region)
    parts = [
        regions,
        choices.labels(choices.sections(), chosen.industries),
        "、".join(chosen.sizes),
        "、".join(chosen.entity_kinds),
        "、".join(chosen.tiers),
        f"名单上的 {len(chosen.codes)} 家" if chosen.codes else "",
    ]
    kinds = "或".join(kind.label for kind in KINDS if kind in chosen.kinds)
    limits = [
        "推送过同一事项的" if chosen.only_new else "",
        "已经申报或兑现的" if chosen.leave_out_done else "",
    ]
    without = f"；不含{'、'.join(filter(None, limits))}" if any(limits) else ""
    return f"{'；'.join(filter(None, parts))}中{kinds}的企业{without}"


def _pace(pace: Pace) -> Iterator[tuple[str, str]]:
    quiet = ["周末"] if pace.quiet.weekends else []
    quiet += [format_day(day) for day in sorted(pace.quiet.days)]
    if pace.quiet.first_hour is not None and pace.quiet.last_hour is not None:
        over = "次日 " if pace.quiet.last_hour <= pace.quiet.first_hour else ""
        quiet.append(f"每天 {pace.quiet.first_hour} 点到{over}{pace.quiet.last_hour} 点（只限会响铃的渠道）")
    yield "不打扰", "、".join(quiet) or "没有另外规定"
    yield "每家每周", f"最多被 {pace.weekly_cap} 次推送打扰，包括这一次"
    yield (
        "什么时候开始",
        f"{format_moment(pace.not_before)} 以后自动开始" if pace.not_before else "批准以后由经办人按“开始”",
    )
