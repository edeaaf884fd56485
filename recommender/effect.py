"""What another answer makes of a result: what is gained and lost between two explanations of the same enterprise."""

from __future__ import annotations

from dataclasses import dataclass

from enterprises.amounts import format_money
from recommender.explanation import Explanation
from recommender.match import Match, Verdict


@dataclass(frozen=True, slots=True)
class Effect:
    """From one explanation to another. Matches are those of the later one; of ``lost`` those of the earlier.

    ``gained``, ``lost``: eligible now and not before, and the other way round; ``priced``: eligible in both, worth
    another amount; ``excluded``: were open and are ineligible now; ``opened``: were neither, and are open now.
    ``certain``, ``possible``: by how much the totals are greater, in 分.
    """

    gained: tuple[Match, ...]
    lost: tuple[Match, ...]
    priced: tuple[tuple[Match, Match], ...]
    excluded: tuple[Match, ...]
    opened: tuple[Match, ...]
    certain: int
    possible: int

    @property
    def is_nothing(self) -> bool:
        """Whether nothing that an enterprise looks at is different."""
        several = (self.gained, self.lost, self.priced, self.excluded, self.opened)
        return not any(several) and not self.certain and not self.possible

    @property
    def text(self) -> str:
        """In one Chinese sentence, e.g. 多了 2 项可以享受，合计增加 80万元。"""
        said = [
            f"{word} {len(some)} 项{what}"
            for word, some, what in (
                ("多了", self.gained, "可以享受"),
                ("少了", self.lost, "可以享受"),
                ("排除了", self.excluded, "不符合的"),
                ("另有", self.opened, "要补充信息"),
            )
            if some
        ]
        if self.certain:
            said.append(f"合计{'增加' if self.certain > 0 else '减少'} {format_money(abs(self.certain))}")
        elif self.priced:
            said.append(f"{len(self.priced)} 项的金额有变化")
        if not said and self.possible:
            said.append(f"最多可达的金额{'增加' if self.possible > 0 else '减少'} {format_money(abs(self.possible))}")
        return "，".join(said) + "。" if said else "结果没有变化。"


def effect(earlier: Explanation, later: Explanation) -> Effect:
    """What is different in ``later``; both are of the same library and day."""
    before = {match.item.id: match for match in earlier.matches if match.offered}
    after = {match.item.id: match for match in later.matches if match.offered}
    both = [(before[name], after[name]) for name in after if name in before]

    def turned(to: Verdict, *come_from: Verdict) -> tuple[Match, ...]:
        return tuple(new for old, new in both if new.verdict is to and old.verdict in come_from)

    eligible, undetermined, ineligible = Verdict.ELIGIBLE, Verdict.UNDETERMINED, Verdict.INELIGIBLE
    return Effect(
        gained=turned(eligible, undetermined, ineligible),
        lost=tuple(old for old, new in both if old.verdict is eligible and new.verdict is not eligible),
        priced=tuple(
            (old, new) for old, new in both if old.verdict is new.verdict is eligible and _amount(old) != _amount(new)
        ),
        excluded=turned(ineligible, undetermined),
        opened=turned(undetermined, ineligible),
        certain=later.certain.total - earlier.certain.total,
        possible=later.possible.total - earlier.possible.total,
    )


def _amount(match: Match) -> tuple[int, int | None] | None:
    return None if match.award is None else (match.award.low, match.award.high)
