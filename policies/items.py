"""Documents (政策文件) and items (政策事项), the smallest things one can receive: source, rule, benefit."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from enterprises import regions
from enterprises.amounts import parse_money
from enterprises.calendar import parse_day
from enterprises.dictionary import WHERE_LISTED, Dictionary
from enterprises.source_text import BadText, Entry, parse_flag, suggest
from policies.benefit_text import read_benefit
from policies.benefits import Benefit
from policies.rule_text import read_rule
from policies.rules import Rule
from policies.stacking import Stacking, read_stacking


class Level(StrEnum):
    """Which level of government issued a document."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


class Status(StrEnum):
    """Where an item version stands; only published ones are offered."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    PUBLISHED = "published"
    RETIRED = "retired"


class Category(StrEnum):
    """What kind of support it is."""

    MONEY = "money"
    RELIEF = "relief"
    FINANCING = "financing"
    SERVICE = "service"
    RIGHT = "right"
    PROCEDURE = "procedure"

    @property
    def label(self) -> str:
        return _CATEGORY_LABELS[self]


class Delivery(StrEnum):
    """How it reaches the enterprise (兑现方式)."""

    NO_APPLICATION = "no-application"
    INSTANT = "instant"
    ON_APPLICATION = "on-application"
    SERVICE = "service"

    @property
    def label(self) -> str:
        return _DELIVERY_LABELS[self]


_CATEGORY_LABELS = {
    Category.MONEY: "奖补资金",
    Category.RELIEF: "税费减免",
    Category.FINANCING: "融资支持",
    Category.SERVICE: "服务",
    Category.RIGHT: "权利保障",
    Category.PROCEDURE: "办事提速",
}
_DELIVERY_LABELS = {
    Delivery.NO_APPLICATION: "免申即享",
    Delivery.INSTANT: "即申即享",
    Delivery.ON_APPLICATION: "申报",
    Delivery.SERVICE: "服务",
}


class WindowState(StrEnum):
    """Where a day stands in a window."""

    NOT_YET = "not_yet"
    OPEN = "open"
    LAST_DAY = "last_day"
    EXPIRED = "expired"

    @property
    def is_open(self) -> bool:
        return self in (WindowState.OPEN, WindowState.LAST_DAY)

    @property
    def label(self) -> str:
        return _WINDOW_LABELS[self]


_WINDOW_LABELS = {
    WindowState.NOT_YET: "尚未开始",
    WindowState.OPEN: "有效",
    WindowState.LAST_DAY: "今天是最后一天",
    WindowState.EXPIRED: "已过期",
}


@dataclass(frozen=True, slots=True)
class Window:
    """Days in Asia/Shanghai; both ends count. ``closes`` is ``None`` where no end is stated."""

    opens: date
    closes: date | None

    def state(self, on: date) -> WindowState:
        """Where the day ``on`` stands."""
        if on < self.opens:
            return WindowState.NOT_YET
        if self.closes is None or on < self.closes:
            return WindowState.OPEN
        return WindowState.LAST_DAY if on == self.closes else WindowState.EXPIRED


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A clause that gives an enterprise nothing, and why it is no item."""

    clause: str
    page: int
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Document:
    """A published policy text."""

    id: str
    title: str
    number: str | None
    issuers: tuple[str, ...]
    level: Level
    region: str
    published_on: date
    validity: Window
    validity_words: str
    validity_reading: str | None
    first_page: int
    last_page: int
    summary: str
    left_out: tuple[LeftOut, ...]
    source: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an example must come to; ``None``: not compared. ``missing``: names of facts, record kinds and fields."""

    verdict: str
    amount: tuple[int, int | None] | None
    missing: tuple[str, ...] | None
    window: WindowState | None


@dataclass(frozen=True, slots=True)
class Example:
    """A case that the item carries as its own test: facts (still text), a day, and what must come out."""

    name: str
    given: Entry
    on: date
    expect: Expectation


@dataclass(frozen=True, slots=True)
class Item:
    """The smallest thing one can receive. ``source`` is the file's plain content, from which it can be read again."""

    id: str
    version: int
    status: Status
    title: str
    document: Document
    category: Category
    delivery: Delivery
    clause: str
    page: int
    departments: tuple[str, ...]
    summary: str
    window: Window
    rule: Rule
    benefit: Benefit
    stacking: tuple[Stacking, ...]
    reading: str | None
    needs_confirmation: bool
    materials: tuple[str, ...]
    steps: tuple[str, ...]
    contact: str | None
    examples: tuple[Example, ...]
    source: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of what the item and its document say, so that two versions can be told apart.

        The document's list of what was left out is not part of it: no answer depends on it.
        """
        document = {key: value for key, value in self.document.source.items() if key != "left_out"}
        content = {"item": self.source, "document": document}
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def canonical_json(plain: object) -> str:
    """JSON with sorted keys and no blanks: equal data, equal bytes."""
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


DOCUMENT_FIELDS = ("id", "title", "issuers", "level", "region", "published_on", "effective_from", "pages", "summary")
DOCUMENT_OPTIONS = ("number", "valid_until", "validity", "validity_reading", "left_out")


def read_document(entry: Entry) -> Document:
    """The document in a ``document.yaml``. Raises ``Problem`` at the first mistake."""
    fields = entry.fields(DOCUMENT_FIELDS, DOCUMENT_OPTIONS)
    opens = fields["effective_from"].read(parse_day)
    closes = fields["valid_until"].read(parse_day) if "valid_until" in fields else None
    if closes is not None and closes < opens:
        fields["valid_until"].fail("有效期的最后一日早于施行日", "请核对 effective_from 与 valid_until")
    pages = [page.number() for page in fields["pages"].items()]
    if len(pages) != 2 or pages[0] > pages[1]:
        fields["pages"].fail("页码要写起止两个", "请写成 [1522, 1530]")
    level = Level(fields["level"].one_of(list(Level)))
    left_out = fields["left_out"].items() if "left_out" in fields else []
    return Document(
        id=fields["id"].read(parse_id),
        title=fields["title"].text(),
        number=_text(fields, "number"),
        issuers=_some_texts(fields, "issuers"),
        level=level,
        region=_read_region(fields["region"], level),
        published_on=fields["published_on"].read(parse_day),
        validity=Window(opens, closes),
        validity_words=_text(fields, "validity") or "未载明有效期",
        validity_reading=_text(fields, "validity_reading"),
        first_page=pages[0],
        last_page=pages[1],
        summary=fields["summary"].text(),
        left_out=tuple(_read_left_out(item, pages[0], pages[1]) for item in left_out),
        source=entry.plain(),
    )


def _read_region(entry: Entry, level: Level) -> str:
    code = entry.text()
    if not regions.is_region_code(code):
        entry.fail(f"“{code}”不是行政区划代码", "请写 6 位数字代码，例如 610600")
    if regions.region(code).level != level:
        entry.fail(f"“{code}”（{regions.full_name(code)}）与 level: {level} 不一致", "请核对 level 与 region")
    return code


def _read_left_out(entry: Entry, first_page: int, last_page: int) -> LeftOut:
    fields = entry.fields(("clause", "page", "what", "why"))
    page = _read_page(fields["page"], first_page, last_page)
    return LeftOut(fields["clause"].text(), page, fields["what"].text(), fields["why"].text())


def _read_page(entry: Entry, first: int, last: int) -> int:
    page = entry.number()
    if not first <= page <= last:
        entry.fail(f"第 {page} 页不在文件的页码之内", f"请写 {first} 到 {last} 之间的页码")
    return page


ITEM_FIELDS = (
    *("id", "title", "version", "status", "category", "delivery", "clause", "page", "departments", "summary"),
    *("who", "benefit", "examples"),
)
ITEM_OPTIONS = ("window", "stacking", "reading", "needs_confirmation", "materials", "steps", "contact")


def read_item(entry: Entry, document: Document, dictionary: Dictionary) -> Item:
    """The item in a file, under its document. Raises ``Problem`` at the first mistake."""
    fields = entry.fields(ITEM_FIELDS, ITEM_OPTIONS)
    item_id = fields["id"].read(parse_id)
    if not item_id.startswith(f"{document.id}."):
        fields["id"].fail(f"编号“{item_id}”不属于文件“{document.id}”", f"请以“{document.id}.”开头")
    page = _read_page(fields["page"], document.first_page, document.last_page)
    rule = read_rule(fields["who"], dictionary)
    _check_cites(fields["who"], document)
    reading = _text(fields, "reading")
    needs_confirmation = "needs_confirmation" in fields and fields["needs_confirmation"].read(parse_flag)
    if needs_confirmation and reading is None:
        fields["needs_confirmation"].fail("要主管部门确认，却没有写是怎样理解的", "请补上 reading:")
    return Item(
        id=item_id,
        version=fields["version"].number(),
        status=Status(fields["status"].one_of(list(Status))),
        title=fields["title"].text(),
        document=document,
        category=Category(fields["category"].one_of(list(Category))),
        delivery=Delivery(fields["delivery"].one_of(list(Delivery))),
        clause=fields["clause"].text(),
        page=page,
        departments=_some_texts(fields, "departments"),
        summary=fields["summary"].text(),
        window=_read_window(fields["window"], document.validity) if "window" in fields else document.validity,
        rule=rule,
        benefit=read_benefit(fields["benefit"], dictionary, rule),
        stacking=tuple(read_stacking(part) for part in fields["stacking"].items()) if "stacking" in fields else (),
        reading=reading,
        needs_confirmation=needs_confirmation,
        materials=_texts(fields, "materials"),
        steps=_texts(fields, "steps"),
        contact=_text(fields, "contact"),
        examples=_read_examples(fields["examples"], dictionary),
        source=entry.plain(),
    )


def _check_cites(entry: Entry, document: Document) -> None:
    """Every page that the rule cites must be one of the document's."""
    if isinstance(entry.value, list):
        for item in entry.value:
            _check_cites(item, document)
    if isinstance(entry.value, dict):
        for name, item in entry.value.items():
            if name == "cite":
                _read_page(item.mapping()["page"], document.first_page, document.last_page)
            else:
                _check_cites(item, document)


def _read_window(entry: Entry, validity: Window) -> Window:
    fields = entry.fields((), ("opens", "closes"))
    opens = fields["opens"].read(parse_day) if "opens" in fields else validity.opens
    closes = fields["closes"].read(parse_day) if "closes" in fields else validity.closes
    if closes is not None and closes < opens:
        entry.fail("受理的最后一日早于第一日", "请核对 opens 与 closes")
    outlasts = validity.closes is not None and (closes is None or closes > validity.closes)
    if opens < validity.opens or outlasts:
        entry.fail("受理时间超出了文件的有效期", "请把 opens 与 closes 放在文件有效期之内")
    return Window(opens, closes)


VERDICTS = ("eligible", "ineligible", "undetermined")


def _read_examples(entry: Entry, dictionary: Dictionary) -> tuple[Example, ...]:
    examples = tuple(_read_example(item, dictionary) for item in entry.items())
    absent = [verdict for verdict in VERDICTS if verdict not in {example.expect.verdict for example in examples}]
    if absent:
        entry.fail(f"样例里没有 {'、'.join(absent)} 的情形", "每个事项至少要有符合、不符合、待补充各一例")
    return examples


def _read_example(entry: Entry, dictionary: Dictionary) -> Example:
    fields = entry.fields(("given", "on", "expect"), ("name",))
    expected = fields["expect"].fields(("verdict",), ("amount", "missing", "window"))
    fields["given"].mapping()
    return Example(
        name=_text(fields, "name") or "",
        given=fields["given"],
        on=fields["on"].read(parse_day),
        expect=Expectation(
            expected["verdict"].one_of(VERDICTS),
            _read_expected_amount(expected["amount"]) if "amount" in expected else None,
            _read_missing(expected["missing"], dictionary) if "missing" in expected else None,
            WindowState(expected["window"].one_of(list(WindowState))) if "window" in expected else None,
        ),
    )


def _read_missing(entry: Entry, dictionary: Dictionary) -> tuple[str, ...]:
    known = tellable(dictionary)
    for item in entry.items():
        if item.text() not in known:
            item.fail(f"没有可以填报的指标“{item.text()}”", suggest(item.text(), known, WHERE_LISTED))
    return tuple(item.text() for item in entry.items())


def tellable(dictionary: Dictionary) -> tuple[str, ...]:
    """The names of what somebody could tell: facts that no formula gives, record kinds, and their fields."""
    facts = [name for name, fact in dictionary.facts.items() if fact.formula is None]
    fields = [name for kind in dictionary.records.values() for name in kind.fields]
    return tuple(dict.fromkeys((*facts, *dictionary.records, *fields)))


def _read_expected_amount(entry: Entry) -> tuple[int, int | None]:
    if isinstance(entry.value, str):
        amount = entry.read(parse_money)
        return amount, amount
    ends = [None if item.is_null else item.read(parse_money) for item in entry.items()]
    if len(ends) != 2 or ends[0] is None or (ends[1] is not None and ends[0] > ends[1]):
        entry.fail("金额要写一个，或从小到大写起止两个", "请写 10万元 或 [10万元, 100万元]；没有上限写 [10万元, null]")
    return ends[0], ends[1]


_LONGEST_ID = 120
_ID = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*", re.ASCII)


def parse_id(text: str) -> str:
    """An id: it becomes part of file names and addresses."""
    if _ID.fullmatch(text) is None or len(text) > _LONGEST_ID:
        raise BadText(f"“{text}”不能作编号", "请只用小写字母、数字、连字符和点，例如 yanan-2023-private-economy.15")
    return text


def _text(fields: Mapping[str, Entry], name: str) -> str | None:
    return fields[name].text() if name in fields else None


def _some_texts(fields: Mapping[str, Entry], name: str) -> tuple[str, ...]:
    texts = _texts(fields, name)
    if not texts:
        fields[name].fail("列表是空的", "请至少写一个")
    return texts


def _texts(fields: Mapping[str, Entry], name: str) -> tuple[str, ...]:
    return tuple(item.text() for item in fields[name].items()) if name in fields else ()
