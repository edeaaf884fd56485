"""One condition as a form: the fact, what is asked of it, with which values, in which year, and where that is written.

Whatever was typed can be written down, be it right or not: only reading the rule says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from enterprises import industries
from enterprises.dictionary import Dictionary, Fact, Kind
from enterprises.source_text import is_usable
from policies.rule_text import COMBINERS, FORMS
from policies.rules import Operator
from web.editing.places import Plain

Sent = Mapping[str, Sequence[str]]
"""What a form sent: the texts by the names of the inputs."""


@dataclass(frozen=True)
class Written:
    """A condition as it is written. ``year`` is empty for the usual one, clause and page where nothing is cited."""

    fact: str
    operator: str = ""
    values: tuple[str, ...] = ()
    year: str = ""
    clause: str = ""
    page: str = ""


def read(plain: Plain) -> Written | None:
    """What a condition says; ``None`` where it has another shape, and so no form."""
    if not isinstance(plain, dict):
        return None
    names = [name for name in plain if name != "cite"]
    if len(names) != 1 or names[0] in COMBINERS:
        return None
    body, cite = plain[names[0]], plain.get("cite", {})
    if not isinstance(body, dict) or not isinstance(cite, dict) or not set(cite) <= {"clause", "page"}:
        return None
    operators = [name for name in body if name != "year"]
    texts = [body.get("year", ""), cite.get("clause", ""), cite.get("page", "")]
    if len(operators) > 1 or not all(isinstance(text, str) for text in texts):
        return None
    value = body[operators[0]] if operators else ()
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, (list, tuple)) or not all(isinstance(each, str) for each in values):
        return None
    return Written(names[0], operators[0] if operators else "", tuple(values), *texts)


def write(written: Written) -> Plain:
    """The plain content of a condition. ``read`` gives the same again."""
    body: dict[str, Plain] = {}
    if written.operator:
        body[written.operator] = _value(written)
    if written.year:
        body["year"] = written.year
    cite = {name: text for name, text in (("clause", written.clause), ("page", written.page)) if text}
    return {written.fact: body, **({"cite": cite} if cite else {})}


def _value(written: Written) -> Plain:
    shape = FORMS[Operator(written.operator)].shape if written.operator in list(Operator) else "one"
    if shape == "one" or (shape == "one or list" and len(written.values) < 2):
        return written.values[0] if written.values else ""
    return list(written.values)


def typed(plain: Plain, place: str, sent: Sent, dictionary: Dictionary, record: str | None) -> Plain:
    """A condition as a form has changed it; the very same where the form says nothing else."""
    was = read(plain)
    if was is None or f"{place}:fact" not in sent:
        return plain
    fact = fact_of(was.fact, dictionary, record)
    operator = _operator(text(sent, f"{place}:operator", was.operator), len(sent.get(f"{place}:value", ())))
    now = Written(
        fact=was.fact,
        operator=operator,
        values=_typed_values(was, operator, place, sent, fact),
        year=text(sent, f"{place}:year", was.year),
        clause=text(sent, f"{place}:clause", was.clause),
        page=text(sent, f"{place}:page", was.page),
    )
    return plain if now == was else write(now)


def fact_of(name: str, dictionary: Dictionary, record: str | None) -> Fact | None:
    """The fact of this name, or the field of a kind of records; ``None`` where there is none."""
    names = dictionary.records[record].fields if record else dictionary.facts
    return names.get(name)


def text(sent: Sent, name: str, was: str = "") -> str:
    """What was typed into an input, without what no text may hold; ``was`` where the form has no such input."""
    typed_text = clean(sent[name][0]) if sent.get(name) else clean(was)
    return was if typed_text == clean(was) else typed_text


def clean(typed_text: str) -> str:
    """A text as it is kept: no outer blanks, one kind of line ends, no control characters."""
    lines = typed_text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return lines if is_usable(lines) else "".join(each for each in lines if is_usable(each))


_SEVERAL = {Operator.IS.value: Operator.IN.value, Operator.HAS.value: Operator.HAS_ANY.value}


def _operator(operator: str, ticked: int) -> str:
    """What several options are asked for with, where one option has another operator."""
    return _SEVERAL.get(operator, operator) if ticked > 1 else operator


def _typed_values(was: Written, operator: str, place: str, sent: Sent, fact: Fact | None) -> tuple[str, ...]:
    if f"{place}:values" not in sent:
        return was.values
    values = tuple(value_of(clean(each), fact, was.values) for each in sent.get(f"{place}:value", ()))
    shape = FORMS[Operator(operator)].shape if operator in list(Operator) else "one"
    if shape == "one":
        return (*values, "")[:1]
    if shape == "pair":
        return (*values, "", "")[:2]
    return tuple(each for each in values if each) or ("",)


def show_value(value: str, fact: Fact | None) -> str:
    """A value as its input shows it: industries with their names."""
    if fact is not None and fact.kind is Kind.INDUSTRY and industries.is_industry_code(value):
        return f"{value} {industries.industry(value).name}"
    return value


def value_of(typed_value: str, fact: Fact | None, before: Sequence[str] = ()) -> str:
    """The value that was typed: an industry's code where its name was; what was there before, as it was written."""
    for value in before:
        if clean(show_value(value, fact)) == typed_value:
            return value
    if fact is None or fact.kind is not Kind.INDUSTRY:
        return typed_value
    code = typed_value.split(" ", maxsplit=1)[0].upper()
    if industries.is_industry_code(code):
        return industries.canonical(code)
    return next((each.code for each in industries.industries() if each.name == typed_value), typed_value)
