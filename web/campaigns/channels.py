"""The channels that a campaign can be sent by, as its pages name them."""

from __future__ import annotations

from collections.abc import Mapping

from recommender.channels.configured import labels
from web.campaigns.choices import Option
from web.pages import settings

HINTS = {"inbox": "企业登录后在“消息”里看到，不响铃。", "webhook": "发给接入的门户，由门户告诉企业。"}
TO_WHO_ASKED = "只发给自己留了地址并同意的人。"


def offered() -> tuple[Option, ...]:
    """Those that this installation sends by."""
    return tuple(Option(name, label, HINTS.get(name, TO_WHO_ASKED)) for name, label in _labels().items())


def label(name: str) -> str:
    """A channel in words; one that is not configured any more, by its name."""
    return _labels().get(name, name)


def _labels() -> Mapping[str, str]:
    return labels(settings().channels)
