"""What a provider says of a person: who they are, what to which enterprise, and which posts they have."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from enterprises.credit_code import InvalidCreditCode, check, compact
from enterprises.regions import is_region_code
from web.accounts.provider_settings import ProviderSettings
from web.accounts.visitor import Duty, Post, Role
from web.stored import is_sample

NAMELESS = "未提供姓名"

_LONGEST_NAME = 60
_LONGEST_SUBJECT = 255
_LONGEST_DEPARTMENT = 60
_MOST_ENTERPRISES = 200
_MOST_POSTS = 50


class BadClaims(ValueError):
    """What the provider says cannot be used; the message says in Chinese why."""


@dataclass(frozen=True)
class Person:
    """A person as the provider describes them. ``left_out``: of how many enterprises the role is none that we know.

    ``posts``: those of an official; what is said of a post and is not clear, makes none.
    """

    subject: str
    name: str
    roles: Mapping[str, Role]
    left_out: int
    posts: tuple[Post, ...] = ()


def read_person(claims: Mapping[str, Any], provider: ProviderSettings) -> Person:
    """The person whom the claims of a checked token describe. Raises ``BadClaims``."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        raise BadClaims("登录服务没有说清您是谁（缺少用户标识）")
    roles: dict[str, Role] = {}
    left_out = 0
    for credit_code, role in _enterprises(claims, provider):
        if role is None:
            left_out += 1
        else:
            roles[credit_code] = role.higher(roles.get(credit_code))
    return Person(subject, _name(claims), roles, left_out, tuple(dict.fromkeys(_posts(claims, provider))))


def _posts(claims: Mapping[str, Any], provider: ProviderSettings) -> Iterator[Post]:
    said = claims.get(provider.post_claim) if provider.post_claim else None
    entries = said if isinstance(said, list) else [said]
    if len(entries) > _MOST_POSTS:
        raise BadClaims(f"登录服务给出的职责太多（{len(entries)} 项）")
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        duty, region, department = entry.get("duty"), entry.get("region"), entry.get("department") or ""
        known = next((each for each in Duty if duty in (each.value, each.label)), None)
        if known is None or not isinstance(region, str) or not is_region_code(region):
            continue
        if isinstance(department, str) and len(department) <= _LONGEST_DEPARTMENT and department.isprintable():
            yield Post(known, region, department)


def _enterprises(claims: Mapping[str, Any], provider: ProviderSettings) -> Iterator[tuple[str, Role | None]]:
    said = claims.get(provider.enterprise_claim) if provider.enterprise_claim else None
    entries = said if isinstance(said, list) else [] if said in (None, "") else [said]
    if len(entries) > _MOST_ENTERPRISES:
        raise BadClaims(f"登录服务给出的企业太多（{len(entries)} 家）")
    of_all = claims.get(provider.role_claim) if provider.role_claim else None
    for entry in entries:
        code, role = (entry.get("credit_code"), entry.get("role")) if isinstance(entry, dict) else (entry, None)
        yield _credit_code(code, provider), _role(of_all if role is None else role, provider)


def _credit_code(code: object, provider: ProviderSettings) -> str:
    if not isinstance(code, str):
        raise BadClaims("登录服务给出的企业没有统一社会信用代码")
    try:
        checked = check(compact(code[:100]))
    except InvalidCreditCode as error:
        raise BadClaims(f"登录服务给出的企业代码有误：{error}") from None
    if provider.local and not is_sample(checked):
        raise BadClaims("示例登录只能代表虚构的企业")
    return checked


def _role(said: object, provider: ProviderSettings) -> Role | None:
    """The highest role that is said; ``None`` where none is one of ours. Where a provider knows no roles: a clerk."""
    words = [word for word in (said if isinstance(said, list) else [said]) if isinstance(word, str) and word]
    if not words:
        return None if provider.role_claim else Role.CLERK
    if any(word in provider.owner_words for word in words):
        return Role.OWNER
    return Role.CLERK if any(word in provider.clerk_words for word in words) else None


def _name(claims: Mapping[str, Any]) -> str:
    for claim in ("name", "preferred_username", "nickname"):
        said = claims.get(claim)
        if isinstance(said, str):
            kept = "".join(each for each in unicodedata.normalize("NFC", said) if each.isprintable()).strip()
            if kept:
                return kept[:_LONGEST_NAME]
    return NAMELESS
