"""What a campaign is: the same after it was written down, and what keeps it from being submitted."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.calendar import SHANGHAI
from enterprises.tiers import Tier
from recommender.campaigns.content import Content, Kind, Pace, Pinned, Selection, check
from recommender.messages.schedule import Quiet
from recommender.messages.templates import USUAL
from tests.recommender.campaigns.made_up import CODES

GOOD = Content("名称", "610600", items=(Pinned("d-2024.1", 1, "0" * 64),))
TEXT = st.text(max_size=8)
CONTENTS = st.builds(
    Content,
    title=TEXT,
    region=TEXT,
    department=TEXT,
    items=st.lists(st.builds(Pinned, TEXT, st.integers(1, 9), TEXT), max_size=3).map(tuple),
    selection=st.builds(
        Selection,
        kinds=st.frozensets(st.sampled_from(Kind)),
        regions=st.lists(TEXT, max_size=2).map(tuple),
        tiers=st.lists(st.sampled_from(Tier), max_size=2).map(tuple),
        codes=st.lists(TEXT, max_size=2).map(tuple),
        only_new=st.booleans(),
    ),
    template=st.builds(replace, st.just(USUAL), title=TEXT),
    channels=st.lists(TEXT, max_size=2).map(tuple),
    pace=st.builds(
        Pace,
        quiet=st.builds(
            Quiet, weekends=st.booleans(), days=st.frozensets(st.dates(), max_size=2), until=st.none() | st.dates()
        ),
        weekly_cap=st.integers(),
        not_before=st.none() | st.datetimes(timezones=st.just(SHANGHAI), min_value=datetime(2000, 1, 1)),
    ),
)


@given(CONTENTS, CONTENTS)
def test_it_is_the_same_after_it_was_written_down_and_its_digest_tells_two_apart(one: Content, two: Content) -> None:
    assert Content.of_text(one.to_text()) == one
    assert (one.digest == two.digest) == (one.to_text() == two.to_text())


def test_what_is_in_order_has_no_mistakes() -> None:
    assert not check(GOOD)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("title", {"title": " "}),
        ("title", {"title": "长" * 81}),
        ("items", {"items": ()}),
        ("items", {"items": tuple(Pinned(f"d.{number}", 1, "") for number in range(101))}),
        ("kinds", {"selection": Selection(kinds=frozenset())}),
        ("region", {"region": "999999"}),
        ("regions", {"selection": Selection(regions=("610100",))}),
        ("regions", {"selection": Selection(regions=("x",))}),
        ("regions", {"selection": Selection(regions=("610000",))}),
        ("industries", {"selection": Selection(industries=("没有",))}),
        ("sizes", {"selection": Selection(sizes=("巨型",))}),
        ("entity_kinds", {"selection": Selection(entity_kinds=("行会",))}),
        ("codes", {"selection": Selection(codes=(CODES[0], CODES[0][:-1] + "?"))}),
        ("channels", {"channels": ()}),
        ("channels", {"channels": ("inbox", "inbox")}),
        ("weekly_cap", {"pace": Pace(weekly_cap=0)}),
        ("weekly_cap", {"pace": Pace(weekly_cap=8)}),
        ("template.title", {"template": replace(USUAL, title="")}),
        ("template.each", {"template": replace(USUAL, each="{没有这个}")}),
    ],
)
def test_each_mistake_is_said_at_its_field(field: str, changes: dict[str, object]) -> None:
    assert check(replace(GOOD, **changes)).keys() == {field}  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"title": "长" * 80}, {"pace": Pace(weekly_cap=7)}, {"pace": Pace(weekly_cap=1)}])
def test_what_is_just_within_the_limits_is_in_order(changes: dict[str, object]) -> None:
    assert not check(replace(GOOD, **changes))  # type: ignore[arg-type]


def test_a_schedule_and_quiet_days_are_part_of_what_is_approved() -> None:
    later = Pace(not_before=datetime(2024, 7, 1, tzinfo=SHANGHAI) + timedelta(hours=1))
    quiet = Pace(quiet=Quiet(days=frozenset({date(2024, 7, 1)})))
    assert len({replace(GOOD, pace=pace).digest for pace in (Pace(), later, quiet)}) == 3
