"""Letters to made-up enterprises."""

from datetime import UTC, datetime

from recommender.channels.letters import Letter, Pushed
from tests.recommender.messages.made_up import CODES

NOW = datetime(2024, 6, 28, 2, 30, tzinfo=UTC)
"""Half past ten in Shanghai, on a Friday."""


def letter(number: int = 0, *, credit_code: str = CODES[0], title: str = "有一项新的可享政策") -> Letter:
    return Letter(
        id=f"{number:032x}",
        kind="campaign",
        campaign="7",
        credit_code=credit_code,
        title=title,
        lines=("用工满10人奖励：预计 5 万元。", "符合全部条件。"),
        path="/items/made-up-2024.0",
        pushed=(Pushed(f"7-{credit_code}-1", "made-up-2024.0", 1, "用工满10人奖励", "eligible", 500_000_000, None),),
        written_at=NOW,
    )
