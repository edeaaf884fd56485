"""What an item gives, as forms: one for each way of giving, with its amounts, rates and steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from policies.benefit_text import READERS
from web.checkup.form_layout import Field
from web.editing.inputs import line, listed, select
from web.editing.places import Plain, find, has, join
from web.editing.texts import shown
from web.editing.ways import KINDS, Scope, inputs_of, table_of, tier_operator

BENEFIT = "/item/benefit"

_SPARE = 1
"""Empty steps that are shown behind those that there are."""


@dataclass(frozen=True)
class Step:
    """A row of a table of amounts: ``fixed`` is its first cell where that cannot be changed."""

    inputs: tuple[Field, ...]
    fixed: str = ""
    inner: Gift | None = None
    place: str = ""


@dataclass(frozen=True)
class Gift:
    """One benefit: its kind, its inputs, the rows of its table under ``columns``, and the benefits inside it."""

    place: str
    kind: str
    inputs: tuple[Field, ...] = ()
    columns: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    parts: tuple[Gift, ...] = ()
    each: Field | None = None
    troubles: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return KINDS.get(self.kind, "")


def kind_of(plain: Plain) -> str:
    """The way of giving; empty where there is none yet, or more than one."""
    names = [name for name in plain if name in READERS] if isinstance(plain, dict) else []
    return names[0] if len(names) == 1 else ""


def gift(content: Plain, place: str, scope: Scope, troubles: Mapping[str, tuple[str, ...]]) -> Gift:
    """The form of the benefit at a place."""
    plain = find(content, place) if has(content, place) else None
    kind = kind_of(plain)
    record = plain.get("for_each") if isinstance(plain, dict) else None
    inner = replace(scope, record=record) if record in scope.dictionary.records else scope
    made = Gift(place, kind, tuple(inputs_of(content, place, kind, inner)), each=_each(place, record, scope))
    made = _with_steps(made, content, inner, troubles)
    if plain is not None and kind in ("all", "highest_of") and isinstance(plain[kind], list):
        places = (join(place, kind, number) for number in range(len(plain[kind])))
        made = replace(made, parts=tuple(gift(content, part, inner, troubles) for part in places))
    inside = tuple(f"{part.place}/" for part in (*made.parts, *(step.inner for step in made.steps if step.inner)))
    inputs = {field.name.rpartition(":")[0] for field in made.inputs}  # each says itself what is wrong with it
    own = (
        message
        for wrong, messages in troubles.items()
        if f"{wrong}/".startswith(f"{place}/") and wrong not in inputs and not f"{wrong}/".startswith(inside or ("//",))
        for message in messages
    )
    return replace(made, troubles=tuple(own))


def _each(place: str, record: Plain, scope: Scope) -> Field | None:
    """Whether it is given once, or for every record that the rule asks for."""
    kinds = list(dict.fromkeys((*scope.kinds, *([record] if record in scope.dictionary.records else []))))
    if not kinds or scope.record is not None:
        return None
    labels = [(kind, f"每个符合条件的{scope.dictionary.records[kind].label}给一次") for kind in kinds]
    typed_kind = record if isinstance(record, str) else ""
    return select(f"{place}:each", "给几次", listed([("", "一家企业给一次"), *labels]), typed_kind)


def _with_steps(made: Gift, content: Plain, scope: Scope, troubles: Mapping[str, tuple[str, ...]]) -> Gift:
    place = made.place
    match made.kind:
        case "tiers":
            steps = _pairs(table_of(content, place, "tiers", tier_operator(content, place)))
            rows = [_step(place, n, ("threshold", "门槛"), ("amount", "给多少"), pair) for n, pair in enumerate(steps)]
            return replace(made, columns=("门槛", "给多少"), steps=tuple(rows))
        case "brackets":
            steps = _pairs(table_of(content, place, "brackets", "rates"))
            names = ("upper", "到多少为止"), ("share", "这一段的比例")
            rows = [_step(place, n, *names, pair) for n, pair in enumerate(steps)]
            return replace(made, columns=("到多少为止（最后一段写“以上”）", "这一段的比例"), steps=tuple(rows))
        case "years":
            paid = find(content, join(place, "years"))
            listed_years = [each for each in paid if isinstance(each, str)] if isinstance(paid, list) else []
            rows = [
                Step((line(f"{place}:payment", f"第 {n} 年的金额", each),), f"第 {n} 年")
                for n, each in enumerate([*listed_years, ""], start=1)
            ]
            return replace(made, columns=("年份", "金额"), steps=tuple(rows))
        case "cases":
            return replace(made, columns=("类别", "给什么"), steps=tuple(_case_steps(made, content, scope, troubles)))
    return made


def _pairs(table: Mapping[str, Plain]) -> list[tuple[str, str]]:
    pairs = [(name.strip(), amount if isinstance(amount, str) else "") for name, amount in table.items()]
    return [*(pair for pair in pairs if any(pair)), *[("", "")] * _SPARE]


def _step(place: str, number: int, left: tuple[str, str], right: tuple[str, str], pair: Sequence[str]) -> Step:
    inputs = (
        line(f"{place}:{name}", f"第 {number + 1} 档的{label}", typed_text)
        for (name, label), typed_text in zip((left, right), pair, strict=True)
    )
    return Step(tuple(inputs))


def _case_steps(made: Gift, content: Plain, scope: Scope, troubles: Mapping[str, tuple[str, ...]]) -> Iterator[Step]:
    place, values = made.place, table_of(content, made.place, "cases", "values")
    name = shown(content, join(place, "cases", "on"))
    names = scope.dictionary.records[scope.record].fields if scope.record else scope.dictionary.facts
    options = names[name].values if name in names else ()
    for option in dict.fromkeys((*options, *values)):
        at = join(place, "cases", "values", option)
        worth = values.get(option, "")
        if isinstance(worth, str) or worth is None:
            yield Step((line(f"{place}:worth", f"{option}给多少", worth or ""),), option, place=at)
        else:
            yield Step((), option, gift(content, at, scope, troubles), at)
