"""Which channels an installation has, by its environment; what is wrong with it is said at the start, in Chinese."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from urllib.parse import urlsplit

from enterprises.calendar import Clock
from enterprises.sealing import Seal
from recommender.channels.addressed import Addressed
from recommender.channels.allowed import Allowed
from recommender.channels.inbox import Inbox
from recommender.channels.letters import Channel
from recommender.channels.mail import Mail, Security, SmtpSettings
from recommender.channels.notes import Guarded, Way
from recommender.channels.robots import PLACE, Robot, instance
from recommender.channels.texting import FileGateway, Texting
from recommender.channels.webhook import Portal, WebhookSettings
from recommender.messages import subscription as messages

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from recommender.messages.notify import Members

PORTS = {"starttls": 587, "tls": 465, "none": 25}

SHORTEST_SECRET, LONGEST_SECRET = 24, 64
"""Bytes of a secret of a webhook, by its specification."""

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_ROBOTS = {
    messages.Channel.WECOM: "HUIQI_APPRISE_WECOM",
    messages.Channel.DINGTALK: "HUIQI_APPRISE_DINGTALK",
    messages.Channel.FEISHU: "HUIQI_APPRISE_FEISHU",
}


@dataclass(frozen=True)
class ChannelSettings:
    """``site``: before the paths of pages, such as ``https://huiqi.example.gov.cn``. What is ``None`` or empty, is not
    there; the inbox always is."""

    allowed: Allowed = field(default_factory=Allowed)
    site: str = ""
    webhook: WebhookSettings | None = None
    smtp: SmtpSettings | None = None
    robots: Mapping[messages.Channel, str] = field(default_factory=dict, repr=False)
    sms_file: Path | None = None

    @property
    def offered(self) -> tuple[messages.Channel, ...]:
        """The channels that an account can choose in its subscription."""
        there = {messages.Channel.INBOX, *self.robots}
        if self.smtp is not None:
            there.add(messages.Channel.EMAIL)
        if self.sms_file is not None:
            there.add(messages.Channel.SMS)
        return tuple(each for each in messages.Channel if each in there)


def settings_of(environment: Mapping[str, str] = os.environ) -> ChannelSettings:
    """The settings in the variables that ``docs`` list; all may be missing. Raises ``ValueError``, in Chinese."""
    production = environment.get("HUIQI_PRODUCTION", "") == "1"
    allowed = Allowed(production, frozenset(_listed(environment.get("HUIQI_ALLOWED_RECIPIENTS", ""))))
    site = _site(environment.get("HUIQI_SITE", ""), production)
    file = environment.get("HUIQI_SMS_FILE", "")
    if file and production:
        raise ValueError("HUIQI_SMS_FILE 只把短信写进文件，供开发时用；正式环境（HUIQI_PRODUCTION=1）请去掉它")
    settings = ChannelSettings(
        allowed,
        site,
        _webhook(environment, site, production),
        _smtp(environment),
        {channel: _robot(name, environment[name]) for channel, name in _ROBOTS.items() if environment.get(name)},
        Path(file) if file else None,
    )
    if len(settings.offered) > 1 and not site:
        raise ValueError(
            "邮件、短信和群消息里要有链接：请用 HUIQI_SITE 写明本站的网址，如 https://huiqi.example.gov.cn"
        )
    return settings


def channels(
    settings: ChannelSettings, engine: Engine, members: Members, seal: Seal, now: Clock
) -> Mapping[str, Channel]:
    """The channels that letters of campaigns can go by, by name."""
    found: dict[str, Channel] = {"inbox": Inbox(engine, now)}
    if settings.webhook is not None:
        found["webhook"] = Portal(settings.webhook, settings.allowed, now)
    for channel, way in ways(settings, now).items():
        found[channel.value] = Addressed(engine, way, members, seal, settings.site, now)
    return found


def labels(settings: ChannelSettings) -> Mapping[str, str]:
    """What the channels that letters can go by are called, by name."""
    found = {"inbox": messages.Channel.INBOX.label}
    if settings.webhook is not None:
        found["webhook"] = Portal.label
    return found | {each.value: each.label for each in settings.offered}


def ways(settings: ChannelSettings, now: Clock) -> Mapping[messages.Channel, Way]:
    """What carries notes to addresses, each to those only who may be reached."""
    found: dict[messages.Channel, Way] = {channel: Robot(channel, text) for channel, text in settings.robots.items()}
    if settings.smtp is not None:
        found[messages.Channel.EMAIL] = Mail(settings.smtp)
    if settings.sms_file is not None:
        found[messages.Channel.SMS] = Texting(FileGateway(settings.sms_file, now))
    return {channel: Guarded(way, settings.allowed) for channel, way in found.items()}


def _listed(text: str) -> list[str]:
    return [part for part in map(str.strip, text.split(",")) if part]


def _site(text: str, production: bool) -> str:
    if not text:
        return ""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("HUIQI_SITE 应是本站的网址，如 https://huiqi.example.gov.cn")
    if production and parts.scheme != "https":
        raise ValueError("HUIQI_SITE 在正式环境里应以 https:// 开头")
    return text.rstrip("/")


def _webhook(environment: Mapping[str, str], site: str, production: bool) -> WebhookSettings | None:
    url = environment.get("HUIQI_WEBHOOK_URL", "")
    secrets = _listed(environment.get("HUIQI_WEBHOOK_SECRETS", ""))
    if not url:
        if secrets:
            raise ValueError("有 HUIQI_WEBHOOK_SECRETS 而没有 HUIQI_WEBHOOK_URL")
        return None
    private = environment.get("HUIQI_WEBHOOK_PRIVATE", "") == "1"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("HUIQI_WEBHOOK_URL 应是门户接收推送的网址，以 https:// 开头，里面没有用户名和密码")
    if parts.scheme != "https" and (production or not private):
        raise ValueError(
            "HUIQI_WEBHOOK_URL 应以 https:// 开头；只有在非正式环境的内部网络里（HUIQI_WEBHOOK_PRIVATE=1）可以用 http"
        )
    if not private and _is_private(parts.hostname):
        raise ValueError("HUIQI_WEBHOOK_URL 在内部网络里。确实如此的，请设置 HUIQI_WEBHOOK_PRIVATE=1")
    if not secrets:
        raise ValueError("有 HUIQI_WEBHOOK_URL 而没有 HUIQI_WEBHOOK_SECRETS：没有密钥就不能签名")
    for number, secret in enumerate(secrets, start=1):
        _check_secret(secret, number)
    return WebhookSettings(url, tuple(secrets), site, private)


def _check_secret(secret: str, number: int) -> None:
    """Never says what the secret is."""
    form = f"应是 whsec_ 加上 {SHORTEST_SECRET} 到 {LONGEST_SECRET} 字节的 base64"
    wrong = f"HUIQI_WEBHOOK_SECRETS 的第 {number} 个密钥不对：{form}"
    try:
        length = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except (binascii.Error, ValueError):
        raise ValueError(wrong) from None
    if not secret.startswith("whsec_") or not SHORTEST_SECRET <= length <= LONGEST_SECRET:
        raise ValueError(wrong)


def _is_private(host: str) -> bool:
    """Of a host that is named by its address, or this machine; what a name leads to shows when it is connected to."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


def _smtp(environment: Mapping[str, str]) -> SmtpSettings | None:
    host = environment.get("HUIQI_SMTP_HOST", "")
    if not host:
        if given := [name for name in environment if name.startswith("HUIQI_SMTP_") and environment[name]]:
            raise ValueError(f"有 {sorted(given)[0]} 而没有 HUIQI_SMTP_HOST")
        return None
    security = environment.get("HUIQI_SMTP_SECURITY", "starttls")
    if security not in get_args(Security):
        raise ValueError("HUIQI_SMTP_SECURITY 应是 starttls、tls 或 none")
    if security == "none" and not _is_loopback(host):
        raise ValueError("HUIQI_SMTP_SECURITY=none 只能用于本机的邮件服务器；到别处的连接必须加密")
    sender = environment.get("HUIQI_SMTP_FROM", "")
    if _ADDRESS.fullmatch(sender) is None:
        raise ValueError("HUIQI_SMTP_FROM 应是发信的邮箱地址，如 huiqi@example.gov.cn")
    port = environment.get("HUIQI_SMTP_PORT", "") or str(PORTS[security])
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("HUIQI_SMTP_PORT 应是 1 到 65535 的端口号")
    user, password = environment.get("HUIQI_SMTP_USER", ""), environment.get("HUIQI_SMTP_PASSWORD", "")
    if bool(user) != bool(password):
        raise ValueError("HUIQI_SMTP_USER 和 HUIQI_SMTP_PASSWORD 要么都写，要么都不写")
    name = environment.get("HUIQI_SMTP_NAME", "") or "惠企"
    if _CONTROL.search(name):
        raise ValueError("HUIQI_SMTP_NAME 里有不能用的字符")
    authority = environment.get("HUIQI_SMTP_CA", "") or None
    if authority is not None and not Path(authority).is_file():
        raise ValueError("HUIQI_SMTP_CA 应是证书文件，这个文件不存在")
    return SmtpSettings(host, int(port), sender, name, security, user, password, authority)  # type: ignore[arg-type]


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _robot(name: str, template: str) -> str:
    """Never says what the template is: it may hold a secret."""
    if template.count(PLACE) != 1 or instance(template) is None:
        raise ValueError(f"{name} 应是 apprise 的地址，其中恰有一处 {PLACE}，如 wecombot://{PLACE}")
    return template
