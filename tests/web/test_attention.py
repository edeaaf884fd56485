"""What an enterprise has to look at first."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from enterprises.samples import SAMPLE_DAY, samples
from policies.items import Window
from policies.library import Library, bundled_library
from recommender.explanation import explain
from web.checkup.attention import SOON, Notice, deadlines

ITEM = "yanan-2023-private-economy.15"


def notices(days: int) -> tuple[Notice, ...]:
    """With the one item of which it is known when it ends, so many days ahead."""
    library = bundled_library()
    item = library.items[ITEM]
    ending = replace(item, window=Window(item.window.opens, SAMPLE_DAY + timedelta(days=days)))
    explanation = explain(Library(library.documents, {ITEM: ending}, library.dictionary), samples()[0], SAMPLE_DAY)
    app = Flask(__name__)
    app.add_url_rule("/mine/<credit_code>/items/<item_id>", "own_items.show", lambda item_id: item_id)
    with app.test_request_context():
        return tuple(deadlines("91610602766305271X", explanation))


@pytest.mark.parametrize(
    ("days", "said", "urgent"),
    [
        (-1, None, False),
        (0, "今天是最后一天", True),
        (1, "还有 1 天截止", True),
        (7, "还有 7 天截止", True),
        (8, "还有 8 天截止", False),
        (SOON, "还有 30 天截止", False),
        (SOON + 1, None, False),
    ],
)
def test_deadlines_are_pointed_out_for_a_month(days: int, said: str | None, urgent: bool) -> None:
    found = notices(days)
    if said is None:
        assert found == ()
        return
    (one,) = found
    assert said in one.text
    assert (one.address, one.urgent) == (f"/mine/91610602766305271X/items/{ITEM}", urgent)
