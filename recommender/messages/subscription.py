"""Subscriptions (订阅): what one account wants to be told of one enterprise, how often and by which ways."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from enterprises import regions
from enterprises.calendar import format_day
from policies.items import Category
from recommender.messages.schedule import Quiet, Schedule


class Topic(StrEnum):
    """What there is to be told of."""

    NEW = "new"
    DEADLINES = "deadlines"
    NEAR = "near"
    GRANTS = "grants"
    APPEALS = "appeals"

    @property
    def label(self) -> str:
        return _TOPIC_LABELS[self]

    @property
    def on_request(self) -> bool:
        """Whether nobody is told of it without having asked."""
        return self not in SERVICE


_TOPIC_LABELS = {
    Topic.NEW: "新增的可享事项",
    Topic.DEADLINES: "可享事项的截止提醒",
    Topic.NEAR: "差一点就能享受的事项",
    Topic.GRANTS: "免申即享的确认和到期",
    Topic.APPEALS: "诉求的答复",
}

SERVICE = frozenset({Topic.GRANTS, Topic.APPEALS})
"""What an enterprise is told without asking: it began these affairs itself, or loses money where it hears nothing."""


class Channel(StrEnum):
    """A way by which something is told."""

    INBOX = "inbox"
    EMAIL = "email"
    SMS = "sms"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"

    @property
    def label(self) -> str:
        return _CHANNEL_LABELS[self]

    @property
    def address_label(self) -> str:
        """What its address is called; empty where it needs none."""
        return _ADDRESS_LABELS[self]


_CHANNEL_LABELS = {
    Channel.INBOX: "站内消息",
    Channel.EMAIL: "电子邮件",
    Channel.SMS: "短信",
    Channel.WECOM: "企业微信",
    Channel.DINGTALK: "钉钉",
    Channel.FEISHU: "飞书",
}

_ADDRESS_LABELS = {
    Channel.INBOX: "",
    Channel.EMAIL: "邮箱地址",
    Channel.SMS: "手机号码",
    Channel.WECOM: "企业微信账号",
    Channel.DINGTALK: "钉钉群机器人的密钥",
    Channel.FEISHU: "飞书群机器人的密钥",
}


@dataclass(frozen=True, slots=True)
class Subscription:
    """What ``account`` wants to be told of the enterprise ``credit_code``.

    ``categories``: only these kinds of support, all where empty. ``regions``: codes of other regions whose new policies
    are of interest. ``schedule`` is that of what was asked for; service messages come on the day. ``addresses``: where
    channels other than the inbox lead, sealed; empty: nowhere. ``since``: the day on which the schedule was chosen,
    ``done``: the last due day that was dealt with. ``salt`` is part of every unsubscribe link.
    """

    account: str
    credit_code: str
    topics: frozenset[Topic] = SERVICE
    categories: frozenset[Category] = frozenset()
    regions: tuple[str, ...] = ()
    schedule: Schedule = field(default_factory=Schedule)
    quiet: Quiet = field(default_factory=Quiet)
    channels: frozenset[Channel] = frozenset({Channel.INBOX})
    addresses: str = ""
    plain: bool = False
    since: date = date.min
    done: date | None = None
    salt: str = ""

    def wants(self, topic: Topic, category: Category | None = None) -> bool:
        """Whether a topic is wanted, and of it a kind of support."""
        return topic in self.topics and (category is None or not self.categories or category in self.categories)

    @property
    def asked(self) -> frozenset[Topic]:
        """The topics that are only told on request, and were asked for."""
        return self.topics - SERVICE


def describe(subscription: Subscription, offered: Collection[Channel] = tuple(Channel)) -> tuple[str, ...]:
    """A subscription in sentences. Of its channels, only those that the installation offers."""
    ways = _listed(each.label for each in Channel if each in subscription.channels and each in offered)
    asked = [topic.label for topic in Topic if topic in subscription.asked]
    service = [topic.label for topic in Topic if topic in subscription.topics & SERVICE]
    said = []
    if asked:
        said.append(f"{subscription.schedule.text()}，通过{ways}，告诉您：{_listed(asked)}{_limits(subscription)}。")
    if service:
        said.append(f"{_listed(service)}，有了当天通过{ways}告诉您。")
    if not said:
        return ("目前什么都不会告诉您。",)
    return (*said, *_silences(subscription.quiet), *(["每项用平常的话多解释一句。"] if subscription.plain else []))


def _limits(subscription: Subscription) -> str:
    kinds = [each.label for each in Category if each in subscription.categories]
    said = f"（只限{_listed(kinds)}）" if kinds else ""
    if Topic.NEW in subscription.topics and subscription.regions:
        said += f"，还有{_listed(map(regions.full_name, subscription.regions))}的新政策"
    return said


def _silences(quiet: Quiet) -> tuple[str, ...]:
    said = ["周末"] if quiet.weekends else []
    if quiet.days:
        said.append(f"您列出的 {len(quiet.days)} 天")
    if quiet.until is not None:
        said.append(f"{format_day(quiet.until)}及以前")
    sentence = (f"{_listed(said)}不打扰，顺延到之后第一个可以打扰的日子。",) if said else ()
    if quiet.first_hour is None or quiet.last_hour is None:
        return sentence
    over = "次日 " if quiet.last_hour <= quiet.first_hour else ""
    return (*sentence, f"每天 {quiet.first_hour} 点到{over}{quiet.last_hour} 点之间不发会响铃的消息。")


def _listed(words: Iterable[str]) -> str:
    return "、".join(words)
