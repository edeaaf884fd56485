"""The made-up officials of sample set-ups, as the local provider offers them: only the places are real."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enterprises.regions import full_name
from web.accounts.visitor import Duty, Post

PROVINCE, CITY = "610000", "610600"


@dataclass(frozen=True)
class MadeUpOfficial:
    """A made-up official: whoever likes may be them. ``word``: who they are in the list."""

    word: str
    name: str
    posts: tuple[Post, ...]

    @property
    def subject(self) -> str:
        return f"official-{self.word}"

    @property
    def what(self) -> str:
        """Their duties and where: 延安市，政策编辑、业务经办."""
        place = full_name(self.posts[0].region).removeprefix("陕西省") or "陕西省"
        return f"{place}，{'、'.join(post.duty.label for post in self.posts)}"

    def claims(self) -> dict[str, Any]:
        """What the provider says of them."""
        said = [{"duty": post.duty.value, "region": post.region, "department": post.department} for post in self.posts]
        return {"sub": self.subject, "name": self.name, "enterprises": [], "posts": said}


def _official(word: str, name: str, region: str, *duties: Duty) -> MadeUpOfficial:
    return MadeUpOfficial(word, name, tuple(Post(duty, region) for duty in duties))


OFFICIALS: Mapping[str, MadeUpOfficial] = {
    official.subject: official
    for official in (
        _official("city-maker", "郭淑敏", CITY, Duty.EDITOR, Duty.OPERATOR),
        _official("city-checker", "马建军", CITY, Duty.REVIEWER, Duty.APPROVER),
        _official("province-clerk-1", "冯彩霞", PROVINCE, Duty.FINANCE),
        _official("province-clerk-2", "曹志远", PROVINCE, Duty.FINANCE),
        _official("province-maker", "高玉兰", PROVINCE, Duty.EDITOR, Duty.OPERATOR),
        _official("province-checker", "白文涛", PROVINCE, Duty.REVIEWER, Duty.APPROVER),
        _official("province-auditor", "任思远", PROVINCE, Duty.AUDITOR),
        _official("province-administrator", "贺长林", PROVINCE, Duty.ADMINISTRATOR),
    )
}
"""By subject. Nobody has both sides of what takes two people."""
