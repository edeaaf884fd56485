"""What a browser sends of the editor's forms, were all of them open at once and nobody to change anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from enterprises.dictionary import bundled
from policies.library import bundled_library
from policies.rules import wanted_records
from web.checkup.form_layout import Field
from web.editing import about, benefits, examples, rules, stackings
from web.editing.benefits import BENEFIT, Gift
from web.editing.checking import check
from web.editing.examples import EXAMPLES, Figures
from web.editing.places import Plain, find, has, join
from web.editing.rules import Row
from web.editing.shapes import WHO
from web.editing.ways import Scope

DICTIONARY = bundled()
Pairs = Iterator[tuple[str, str]]


def sent(content: Plain) -> dict[str, list[str]]:
    """Every input, with what it shows."""
    found: dict[str, list[str]] = {}
    for name, value in _pairs(content):
        found.setdefault(name, []).append(value)
    return found


def _pairs(content: Plain) -> Pairs:
    checked = check(content, DICTIONARY)
    for group in (*about.of_item(content), *about.of_document(content)):
        yield from _of(group.inputs)
    for clause in about.left_out(content):
        yield from _of(clause.inputs)
    for place in places_of(rules.rows(content, WHO, DICTIONARY, "", checked.at)):
        yield from _of_row(rules.rows(content, WHO, DICTIONARY, place, checked.at), place)
    kinds = tuple(each.kind for each in wanted_records(checked.item.rule)) if checked.item else ()
    yield from _of_gift(benefits.gift(content, BENEFIT, Scope(DICTIONARY, kinds), checked.at))
    for statement in stackings.statements(content, bundled_library(), checked.at):
        yield from _of(statement.inputs)
    held = find(content, EXAMPLES) if has(content, EXAMPLES) else []
    for number in range(len(held) if isinstance(held, list) else 0):
        place = join(EXAMPLES, number)
        needed = examples.wanted(checked.item, content, place, DICTIONARY)
        yield from _of_example(examples.form(content, place, needed, DICTIONARY))


def places_of(row: Row) -> list[str]:
    """The places of all rows, from this one down."""
    return [row.place, *(place for part in row.parts for place in places_of(part))]


def _of(inputs: Iterable[Field]) -> Pairs:
    for field in inputs:
        chosen = field.widget in ("checks", "radio")
        typed = field.typed if chosen else (field.typed or ("",))[:1]
        if field.widget == "fixed":
            continue
        if field.name.endswith(":set"):
            yield f"{field.name}.asked", "1"
            if field.none:
                yield f"{field.name}.none", "1"
        for value in typed:
            yield field.name, value


def _of_row(row: Row, place: str) -> Pairs:
    for part in row.parts:
        yield from _of_row(part, place)
    if row.place != place:
        return
    if row.shape == "group":
        yield f"{place}:joint", row.joint
    if row.shape == "record" or row.joint == "some":
        yield f"{place}:number", row.number
    if row.shape == "condition":
        yield from ((f"{place}:fact", "1"), (f"{place}:values", "1"))
        yield from _of((*row.inputs, *row.cite))


def _of_gift(gift: Gift) -> Pairs:
    yield f"{gift.place}:kind", gift.kind
    yield from _of((*([gift.each] if gift.each else []), *gift.inputs))
    for step in gift.steps:
        if step.inner is not None:
            yield from _of_gift(step.inner)
            continue
        if step.place:
            yield f"{gift.place}:case", step.fixed
        yield from _of(step.inputs)
    for part in gift.parts:
        yield from _of_gift(part)


def _of_example(form: examples.Form) -> Pairs:
    told = [field for each in form.facts for field in (each.inputs if isinstance(each, Figures) else (each,))]
    records = [field for kind in form.records for record in kind.records for field in record.inputs]
    yield from _of((*form.head, *told, *records, *form.expected, form.missing))
