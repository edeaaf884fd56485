"""A made-up item for tests that need one whole: only its rule and its benefit matter."""

from datetime import date

from enterprises.dictionary import Dictionary
from enterprises.source_text import read_yaml
from policies.benefit_text import read_benefit
from policies.items import Category, Delivery, Document, Item, Level, Status, Window
from policies.rules import Rule

SINCE = date(2024, 1, 1)
"""The first day of its window, which has no last one."""

_WINDOW = Window(SINCE, None)
_DOCUMENT = Document("d", "文件", None, ("市政府",), Level.CITY, "610600", SINCE, _WINDOW, "", None, 1, 2, "", (), {})


def made_up_item(rule: Rule, benefit: str, dictionary: Dictionary) -> Item:
    """An item in force, with a benefit written as YAML."""
    return Item(
        id="d.1",
        version=1,
        status=Status.PUBLISHED,
        title="事项",
        document=_DOCUMENT,
        category=Category.MONEY,
        delivery=Delivery.ON_APPLICATION,
        clause="一",
        page=1,
        departments=(),
        summary="",
        window=_WINDOW,
        rule=rule,
        benefit=read_benefit(read_yaml(benefit, "test"), dictionary, rule),
        stacking=(),
        reading=None,
        needs_confirmation=False,
        materials=(),
        steps=(),
        contact=None,
        examples=(),
        source={},
    )
