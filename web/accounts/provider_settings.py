"""Which provider proves who somebody is, and how its words are read. Everything comes from the settings."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LOCAL_PATH = "/local-provider"
"""Where the small provider of sample set-ups answers (``web.pages.local_provider``)."""

LOCAL_CLIENT = "huiqi"

OWNER_WORDS = ("法定代表人", "法人", "负责人", "legal", "legal_representative", "owner")
CLERK_WORDS = ("经办人", "代理人", "办事人员", "agent", "clerk")
"""What providers call the two roles, where the settings do not say."""


class BadProvider(ValueError):
    """The provider cannot be used as it is named; the message says in Chinese why, and holds no secret."""


@dataclass(frozen=True)
class ProviderSettings:
    """An OpenID Connect provider and how we are known to it.

    ``enterprise_claim``: which claim names enterprises: a credit code, an object with ``credit_code`` and ``role``, or
    a list of either; where it is empty the provider binds nobody. ``role_claim``: which claim says the role where the
    enterprise claim does not; without any role, somebody is a clerk. ``post_claim``: which claim says an official's
    posts: an object with ``duty`` (of ``web.accounts.visitor``, or in Chinese), ``region`` (a code) and, where it is
    for one only, ``department``, or a list of such; where it is empty the provider appoints nobody. ``known_as``:
    under which name accounts are kept, the issuer where it is empty. ``local``: the provider of a sample set-up, whose
    words are made up.
    """

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    name: str = "统一身份认证"
    enterprise_claim: str = ""
    role_claim: str = ""
    post_claim: str = ""
    owner_words: tuple[str, ...] = OWNER_WORDS
    clerk_words: tuple[str, ...] = CLERK_WORDS
    scope: str = "openid profile"
    known_as: str = ""
    local: bool = False

    @property
    def accounts(self) -> str:
        """The issuer under which accounts are kept."""
        return self.known_as or self.issuer


def local_provider(base_url: str) -> ProviderSettings:
    """The small provider in the same application, as it is reached under ``base_url``."""
    return ProviderSettings(
        issuer=base_url.rstrip("/") + LOCAL_PATH,
        client_id=LOCAL_CLIENT,
        name="示例登录",
        enterprise_claim="enterprises",
        post_claim="posts",
        known_as=LOCAL_PATH,
        local=True,
    )


def provider_of(environment: Mapping[str, str], sample: bool) -> ProviderSettings | None:
    """The provider in ``HUIQI_OIDC_ISSUER``, ``…_CLIENT_ID``, ``…_CLIENT_SECRET``, ``…_NAME`` (on the button),
    ``…_ENTERPRISE_CLAIM``, ``…_ROLE_CLAIM``, ``…_POST_CLAIM``, ``…_OWNER_WORDS``, ``…_CLERK_WORDS`` (parted by commas)
    and ``…_SCOPE``; ``None`` where none is named.

    Raises ``BadProvider``.
    """
    given = {
        name.removeprefix(_PREFIX): value.strip()
        for name, value in environment.items()
        if name.startswith(_PREFIX) and value.strip()
    }
    if not given:
        return None
    unknown = sorted(set(given) - _NAMES)
    if unknown:
        raise BadProvider(
            f"不认识设置 {_PREFIX}{unknown[0]}。可用的有：{'、'.join(_PREFIX + one for one in sorted(_NAMES))}"
        )
    for name in ("ISSUER", "CLIENT_ID"):
        if name not in given:
            raise BadProvider(
                f"登录服务没有设置完整：还缺 {_PREFIX}{name}。不需要登录，就不要设置任何 {_PREFIX} 开头的项"
            )
    scope = given.get("SCOPE", "openid profile")
    if "openid" not in scope.split():
        raise BadProvider(f"{_PREFIX}SCOPE 里要有 openid")
    return ProviderSettings(
        issuer=_checked_issuer(given["ISSUER"], sample),
        client_id=given["CLIENT_ID"],
        client_secret=given.get("CLIENT_SECRET", ""),
        name=given.get("NAME", "统一身份认证"),
        enterprise_claim=given.get("ENTERPRISE_CLAIM", ""),
        role_claim=given.get("ROLE_CLAIM", ""),
        post_claim=given.get("POST_CLAIM", ""),
        owner_words=_words(given.get("OWNER_WORDS")) or OWNER_WORDS,
        clerk_words=_words(given.get("CLERK_WORDS")) or CLERK_WORDS,
        scope=scope,
    )


_PREFIX = "HUIQI_OIDC_"
_NAMES = {"ISSUER", "CLIENT_ID", "CLIENT_SECRET", "NAME", "SCOPE"} | {
    "ENTERPRISE_CLAIM",
    "ROLE_CLAIM",
    "POST_CLAIM",
    "OWNER_WORDS",
    "CLERK_WORDS",
}


def _checked_issuer(issuer: str, sample: bool) -> str:
    try:
        parts = urlsplit(issuer)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or parts.username:
        raise BadProvider(f"{_PREFIX}ISSUER 应是登录服务的地址，例如 https://id.example.gov.cn，却是“{issuer}”")
    if sample:
        return issuer
    if LOCAL_PATH in parts.path:
        raise BadProvider("示例登录服务只能在示例环境（--sample）里用：谁都可以在那里自称任何人")
    if parts.scheme == "http" and not is_loopback(host):
        raise BadProvider(f"{_PREFIX}ISSUER 要用 https：经过 http 的登录凭证会被人截取。现在是“{issuer}”")
    return issuer


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").replace("，", ",").split(",") if word.strip())
