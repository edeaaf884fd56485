"""The case of a stored enterprise: what is stored of it, with what its people have added and not saved yet.

Only what differs from what is stored is kept in the browser's draft. Of a kind of records that is all of its records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from enterprises.calendar import format_day
from enterprises.dictionary import Dictionary, Source
from enterprises.profiles import Observation, Profile
from enterprises.readings import FactRef
from enterprises.told import Refused, declared, together
from recommender.missing import name_fact
from web.checkup.case import Addresses, Case
from web.checkup.draft import Draft, Drawer
from web.checkup.fact_form import Filled, Typed, name_of, read_form, write_form
from web.checkup.judged_day import read_day
from web.pages import settings


@dataclass(frozen=True)
class Own:
    """``stored``: what is known; ``told``: what was added in the browser, as it would be saved.

    ``refused``: what does not stand against a better source; ``added``: the inputs of what was added, with their labels
    and what was typed.
    """

    case: Case
    stored: Profile
    told: Profile
    refused: tuple[Refused, ...]
    added: tuple[tuple[str, str], ...]

    @property
    def is_known(self) -> bool:
        """Whether anything is stored of the enterprise."""
        return bool(self.stored.name or self.stored.facts or self.stored.series or self.stored.records)


def own_case(credit_code: str, account: str, stored: Profile, draft: Draft, dictionary: Dictionary) -> Own:
    """The case of what is stored and of a draft."""
    # A guess fills in nothing: who sends the form as it is would have said it, and who agrees could not say so.
    day, known = read_day(draft.on), write_form(stored.without_inferred(), dictionary)
    added = added_to(known, {name: said for name, said in draft.typed.items() if name != "credit_code"}, dictionary)
    form = read_form(added.items(), dictionary)
    both = together(stored, form.profile, day.on)
    typed = together_typed(known, form.typed, dictionary)
    shown = Filled(typed, both.profile, form.errors, form.unknown, dict(_notes(stored, both.refused, dictionary)))
    case = Case(
        replace(draft, typed=form.typed, on=day.kept, sample=""),
        shown,
        day,
        Addresses("own_check", {"credit_code": credit_code}),
        drawer_of(credit_code, account),
    )
    # Whatever day it is judged on, it is said today: a later word could else never take its place.
    told = replace(declared(form.profile, stored, settings().day()), credit_code=credit_code)
    return Own(case, stored, told, both.refused, tuple(_said(form.typed, dictionary)))


def drawer_of(credit_code: str, account: str) -> Drawer:
    """Where the drafts of an account for an enterprise are kept: for the pages of that enterprise alone."""
    return Drawer(f"/mine/{credit_code}", account)


def added_to(known: Typed, sent: Typed, dictionary: Dictionary) -> Typed:
    """What was sent that differs from what is known: input by input, of records kind by kind."""
    kinds = {
        kind for kind in dictionary.records if _of_kind(sent, kind) and _of_kind(sent, kind) != _of_kind(known, kind)
    }
    return {
        name: values
        for name, values in sent.items()
        if (_kind(name, dictionary) in kinds if _kind(name, dictionary) else values != known.get(name))
    }


def together_typed(known: Typed, added: Typed, dictionary: Dictionary) -> Typed:
    """All that the form shows: what is known, and in its place what was added."""
    kinds = {_kind(name, dictionary) for name in added} - {""}
    groups = {_group(name) for name in added}
    left = {
        name: values
        for name, values in known.items()
        if _kind(name, dictionary) not in kinds and _group(name) not in groups
    }
    return {**left, **added}


def _of_kind(typed: Typed, kind: str) -> Mapping[str, tuple[str, ...]]:
    return {name: values for name, values in typed.items() if name.startswith(f"f.{kind}.")}


def _kind(name: str, dictionary: Dictionary) -> str:
    """The kind of records that an input belongs to; empty for none."""
    kind = name.split(".")[1] if name.startswith("f.") else ""
    return kind if kind in dictionary.records else ""


def _group(name: str) -> str:
    """Inputs that answer one question together: ``f.industry`` and ``f.industry.code``, ``f.zones`` and its 都没有."""
    stem, _, last = name.rpartition(".")
    return stem if last in ("none", "code", "other") else name


def _notes(
    stored: Profile, refused: tuple[Refused, ...], dictionary: Dictionary
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where each known value is from, and since when."""
    stands = {(one.name, one.year, one.record, one.number): one for one in refused}
    for ref, seen in _values(stored):
        one = stands.get((ref.name, ref.year, ref.record, ref.number))
        said = say_refused(one, dictionary) if one else f"已有：{say_source(seen)}"
        if seen.source is Source.INFERRED:
            said = f"系统推断是 {dictionary.fact(ref.name, ref.record).show(seen.value)}，不作判断依据，请您填写"
        yield name_of(ref), (said,)


def say_source(seen: Observation) -> str:
    """Where a value is from, and of which day, e.g. 登记信息，2024年6月3日."""
    return seen.source.label + (f"，{format_day(seen.observed_on)}" if seen.observed_on else "")


def say_refused(one: Refused, dictionary: Dictionary) -> str:
    """What stands in the place of what was typed, and what to do about it."""
    fact = dictionary.fact(one.name, one.record)
    label = name_fact(FactRef(one.name, one.year, one.record, one.number), dictionary)
    return (
        f"{label}：您填的是 {fact.show(one.told.value)}，{say_source(one.stands)}是 {fact.show(one.stands.value)}。"
        f"按{one.stands.source.label}判断；如果它不对，请向登记或统计部门更正"
    )


def _values(profile: Profile) -> Iterator[tuple[FactRef, Observation]]:
    for name, seen in profile.facts.items():
        yield FactRef(name), seen
    for name, series in profile.series.items():
        for year, seen in series.years.items():
            yield FactRef(name, year), seen
        if series.before is not None:
            yield FactRef(name, f"before_{series.before_year}"), series.before
    for kind, records in profile.records.items():
        for number, record in enumerate(records):
            for name, seen in record.fields.items():
                yield FactRef(name, None, kind, number), seen


def _said(typed: Typed, dictionary: Dictionary) -> Iterator[tuple[str, str]]:
    """What was added, a line for each question, each kind of records as a whole."""
    told = read_form(typed.items(), dictionary).profile
    if "name" in typed:
        yield "企业名称", "、".join(typed["name"])
    kinds = dict.fromkeys(filter(None, (_kind(name, dictionary) for name in typed)))
    for ref, seen in _values(told):
        if ref.record is None:
            yield name_fact(ref, dictionary), dictionary.facts[ref.name].show(seen.value)
    for kind in kinds:
        count = len(told.records.get(kind, ()))
        yield dictionary.records[kind].label, f"{count} 个" if count else "没有"


def facts_of(told: Profile) -> tuple[str, ...]:
    """The names of the facts and records that a profile speaks of, and nothing of what it says."""
    return tuple(sorted({*told.facts, *told.series, *told.records, *(("name",) if told.name else ())}))
