"""Addresses of channels: checked when they are typed, sealed where they are kept, masked where they are shown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from enterprises.sealing import Seal
from enterprises.source_text import BadText
from recommender.messages.subscription import Channel

Addresses = Mapping[Channel, str]

_FORMS = {
    Channel.EMAIL: (
        re.compile(r"(?=.{6,254}\Z)[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"),
        "请写成 name@example.com 的样子",
    ),
    Channel.SMS: (re.compile(r"1[3-9][0-9]{9}"), "请写 11 位手机号码"),
    Channel.WECOM: (re.compile(r"[A-Za-z0-9_.@-]{1,64}"), "请写企业微信的账号（字母、数字和 _ . @ -）"),
    Channel.DINGTALK: (re.compile(r"[A-Za-z0-9_-]{8,128}"), "请写机器人地址里 access_token= 后面的一串字母和数字"),
    Channel.FEISHU: (re.compile(r"[A-Za-z0-9_-]{8,128}"), "请写机器人地址里 hook/ 后面的一串字母和数字"),
}

_SHOWN = 2


def check_address(channel: Channel, text: str) -> str:
    """An address as it is kept, without blanks around it. Raises ``BadText``."""
    form, remedy = _FORMS[channel]
    typed = text.strip()
    if form.fullmatch(typed) is None:
        raise BadText(f"这不像{channel.address_label}", remedy)
    return typed


def seal_addresses(addresses: Addresses, seal: Seal) -> str:
    """Addresses as they are kept; empty where there are none."""
    return seal.close(json.dumps({each.value: addresses[each] for each in addresses})) if addresses else ""


def open_addresses(sealed: str, seal: Seal) -> Addresses:
    """Addresses that were sealed. Raises ``CannotOpen``."""
    return {Channel(name): address for name, address in json.loads(seal.open(sealed)).items()} if sealed else {}


def mask(address: str) -> str:
    """Enough for its owner to know it by, and no more: ``wa***@example.com``, ``13*******78``."""
    name, at, host = address.partition("@")
    if at:
        return f"{name[: min(_SHOWN, len(name) - 1)]}***@{host}"
    shown = min(_SHOWN, len(name) // 4)
    return f"{name[:shown]}{'*' * (len(name) - 2 * shown)}{name[len(name) - shown :]}"
