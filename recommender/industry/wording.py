"""How business scopes and names of enterprises are worded, and what of them says anything of the industry.

A scope lists activities. In licences since 2021 it does so in standard phrases under "一般项目" and "许可项目"
(市场监管总局《经营范围登记规范表述目录》), older ones are free text. What stands first is the main activity more often
than not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from enterprises import regions

MOST_CHARACTERS = 4000
"""What stands behind so many characters of a scope is not looked at: no main activity comes that late."""

MOST_ACTIVITIES = 40
"""The same for activities."""

_LONG = 30
"""An activity of more characters is a list without semicolons."""

_SHORT = 3
"""So few characters of a list say nothing by themselves: 生产、销售."""


def activities(scope: str) -> tuple[str, ...]:
    """What a scope lists, in its order, without the phrases that every licence bears; empty for one without words."""
    text = _BOILERPLATE.sub(";", _without_brackets(normal(scope[:MOST_CHARACTERS])))
    found = (piece for part in _SEPARATORS.split(text) for piece in _pieces(part.strip("、:.*-")))
    return tuple(dict.fromkeys(each for each in found if _HAN.search(each) and each != "无"))[:MOST_ACTIVITIES]


def trade(name: str) -> str:
    """What is left of an enterprise's name without its place and its legal form: 字号 and trade."""
    text = _BRACKETS.sub("", normal(name[:100])).strip()
    text = _LEGAL_FORM.sub("", text)
    return _places().sub("", text, count=1)


def features(text: str) -> list[str]:
    """The pieces of ``text``, as ``normal`` gives it, that a model weighs: words, runs of characters, and how it ends.

    Only what has a Chinese character counts: neither digits nor Latin letters say what an enterprise does.
    """
    import rjieba

    found: list[str] = []
    for run in _HAN.findall(text):
        found += (f"={word}" for word in rjieba.cut(run) if len(word) > 1)
        found += (run[start : start + size] for size in (2, 3) for start in range(len(run) - size + 1))
        found.append(f"{run[-2:]}$")
    return found


def normal(text: str) -> str:
    """``text`` in the form that everything here reads: NFKC, simplified characters, no blanks, lines as items."""
    text = _BLANKS.sub("", _LINES.sub(";", unicodedata.normalize("NFKC", text))).lower()
    return _simplified(text) if _HAN.search(text) else text


@cache
def _converter() -> object:
    from opencc import OpenCC

    return OpenCC("t2s")


def _simplified(text: str) -> str:
    return str(_converter().convert(text))  # type: ignore[attr-defined]


def _without_brackets(text: str) -> str:
    """``text`` without the brackets that restrict or explain an activity."""
    while (shorter := _BRACKETS.sub("", text)) != text:
        text = shorter
    return text


def _pieces(part: str) -> Iterator[str]:
    """The activities in what stands between semicolons: one, unless it is a long list."""
    if len(part) <= _LONG or part.startswith("技术服务、"):
        yield part
        return
    done = _ALL_DONE.search(part)
    held = ""
    for piece in part.split("、"):
        if held and len(piece) > _SHORT:
            # What is done to the last of the things is done to the others too.
            yield held if done is None or _DONE.search(held) else held + done[0]
            held = piece
        else:
            held = f"{held}、{piece}" if held else piece
    yield held


@cache
def _places() -> re.Pattern[str]:
    """Where a name begins with the place that registered it, in Shaanxi or elsewhere in China."""
    names = {region.name for region in regions.regions()}
    short = {re.sub(r"(?:市|县|区|省|自治[区州县])$", "", name) for name in names}
    known = sorted(names | {name for name in short if len(name) > 1}, key=lambda name: (-len(name), name))
    return re.compile(f"^(?:中国|陕西省|陕西|{'|'.join(map(re.escape, known))})+(?:[市县区](?=.{{3}}))?")


_DOING = (
    "生产|制造|加工|研发|销售|零售|批发|经营|种植|养殖|饲养|开采|采选|施工"
    "|安装|维修|修理|租赁|运输|管理|咨询|设计|培训|服务|制售"
)
_DONE = re.compile(rf"({_DOING})[^\u3400-\u9fff]*$")
_ALL_DONE = re.compile(rf"的?(?:(?:{_DOING})[、及与和兼]?)+$")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_LINES = re.compile(r"\s*[\r\n]\s*")
_BLANKS = re.compile(r"\s+")
_SEPARATORS = re.compile(r"[;。,|]")
_BRACKETS = re.compile(r"[(\[【{〔][^()\[\]【】{}〔〕]*[)\]】}〕]")
_BOILERPLATE = re.compile(
    r"依法须经批准的项目.*?(?:经营活动|为准)|除依法须经批准的项目外.*?经营活动|具体经营项目以.*?为准"
    r"|(?:前置)?(?:一般|许可)(?:经营)?项目:?|(?:经营范围|主营|兼营|业务范围):?|\*+"
)
_LEGAL_FORM = re.compile(r"(?:股份|有限责任|有限|集团|总|分|子|支)*公司.*$|个体工商户$")
