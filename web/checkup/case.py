"""The case that a page is about: what was typed, the profile to be judged, the day, and where its pages are.

A visitor who types everything and a stored enterprise that adds to what is known of it are two cases with the same
pages. What was typed stands in every form of a page (``draft``), and in the browser's draft beside it: a page that is
sent counts by what stands in it, whatever another one has left in the browser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import make_response, redirect, request, url_for
from werkzeug import Response

from web.checkup.draft import Draft, Drawer
from web.checkup.fact_form import IDENTITY, Filled, Typed
from web.checkup.judged_day import Day

UNPROCESSABLE = 422

_FIELD = 3
"""Dots in the name of a record's field: ``f.project.0.kind``."""


@dataclass(frozen=True)
class Addresses:
    """Where the pages of a case are. ``own``: they are those of a stored enterprise."""

    blueprint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def own(self) -> str:
        """The credit code of the enterprise whose pages they are; empty for those of nobody."""
        return str(self.arguments.get("credit_code", ""))

    def __call__(self, page: str, anchor: str | None = None, **asked: Any) -> str:
        """The address of a page by its function's name."""
        return url_for(f"{self.blueprint}.{page}", **self.arguments, **asked, _anchor=anchor)


@dataclass(frozen=True)
class Case:
    """``draft``: what travels along in forms; ``form``: what the form shows, with the profile to judge.

    ``kept``: the browser has the draft, so that the page may be opened again; ``restored``: it was found there;
    ``lost``: there was one that could not be read; ``sampled``: it is a made-up enterprise, as its address says.
    """

    draft: Draft
    form: Filled
    day: Day
    at: Addresses
    drawer: Drawer
    kept: bool = True
    restored: bool = False
    sampled: bool = False
    lost: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether something has to be put right first."""
        return bool(self.form.errors or self.form.unknown or self.day.error)

    def travels(self, name: str = "") -> Iterator[tuple[str, str]]:
        """What a form sends along unseen beside the input ``name``, which would contradict itself were it sent twice.

        Beside a field of a record that is all else of its kind: a list of records is told as a whole.
        """
        kind = f"f.{name.split('.')[1]}." if name.count(".") == _FIELD else ""
        whole = {each: values for each, values in self.form.typed.items() if kind and each.startswith(kind)}
        for each, values in {**whole, **self.draft.typed}.items():
            if not (name and _belongs(each, name)):
                yield from ((each, value) for value in values)


Remake = Callable[[Draft], Case]
"""Makes the case of another draft."""


def sent_draft() -> Draft:
    """What this request sends: all that was typed, and where in the questions somebody is."""
    said = request.form
    typed = {name: tuple(values) for name, values in said.lists() if name.startswith("f.") or name in IDENTITY}
    question, skipped = said.get("question", ""), tuple(dict.fromkeys(filter(None, said.getlist("skip"))))
    if question in skipped:
        typed = dict(without(typed, question))
    asked = tuple(dict.fromkeys(filter(None, said.getlist("asked"))))
    settled = bool(question) and (question in skipped or told(typed, question))
    if settled and question not in asked:
        asked = (*asked, question)
    last = question if settled and question not in skipped else ""
    return Draft(typed, said.get("on", ""), said.get("sample", ""), skipped, asked, last)


def told(typed: Typed, name: str) -> bool:
    """Whether an input, or anything of a kind of records, was filled in."""
    return any(_belongs(each, name) and any(value.strip() for value in values) for each, values in typed.items())


def without(typed: Typed, name: str) -> Typed:
    """What was typed but for one input, or one kind of records."""
    return {each: values for each, values in typed.items() if not _belongs(each, name)}


def _belongs(each: str, name: str) -> bool:
    return each == name or each.startswith(f"{name}.")


def go_on(
    case: Case, address: str, instead: Callable[[Case], str | tuple[str, int]]
) -> Response | str | tuple[str, int]:
    """On to a page that can be opened again; where the draft is too large for that, the page that is shown instead."""
    answer = redirect(address, 303)
    if case.drawer.keep(answer, case.draft):
        return answer
    page = make_response(instead(replace(case, kept=False)))
    case.drawer.forget(page)
    return page


def keep(case: Case, page: str | tuple[str, int]) -> Response:
    """A page that says that something is wrong; what was typed is in the draft all the same."""
    answer = make_response(page)
    case.drawer.keep(answer, case.draft)
    return answer
