"""What if, as a page: a list of values for each number that can be changed, and what those that were chosen bring.

An address only says how many steps away from what is; neither a figure nor what was assumed is kept anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import render_template, request

from enterprises.dictionary import Value
from enterprises.readings import FactRef
from recommender.explanation import explain
from recommender.missing import name_fact
from web.checkup.case import Case
from web.checkup.fact_form import name_of
from web.checkup.form_layout import Choice
from web.checkup.totals import certain_total, possible_total
from web.pages import library

if TYPE_CHECKING:
    from recommender.what_if import Dial, Position


@dataclass(frozen=True)
class Slider:
    """A number that can be changed: its choices by steps from what is, and the one that was chosen."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    chosen: str

    @property
    def is_moved(self) -> bool:
        return self.chosen != "0"

    @property
    def assumed(self) -> str:
        """What was chosen, in words."""
        return next(each.label for each in self.choices if each.value == self.chosen).partition("（")[0]


def what_if_page(case: Case) -> str:
    """The sliders, and what is gained and lost where they stand."""
    from recommender.effect import effect
    from recommender.what_if import assume, dials

    now = explain(library(), case.form.profile, case.day.on)
    turned = dials(now)
    sliders = [_slider(dial, request.args) for dial in turned]
    values: dict[FactRef, Value] = {
        dial.ref: dial.at(int(slider.chosen)).value
        for dial, slider in zip(turned, sliders, strict=True)
        if slider.is_moved
    }
    then = explain(library(), assume(now.profile, values), now.on) if values else now
    return render_template(
        "what_if.html",
        case=case,
        at=case.at,
        sliders=sliders,
        moved=[slider for slider in sliders if slider.is_moved],
        effect=effect(now, then),
        explanation=now,
        certain=(certain_total(now), certain_total(then)),
        possible=(possible_total(now), possible_total(then)),
    )


def _slider(dial: Dial, asked: Mapping[str, str]) -> Slider:
    name = name_of(dial.ref).removeprefix("f.")
    offsets = range(-dial.present, len(dial.positions) - dial.present)
    choices = tuple(Choice(str(offset), _say(dial, dial.at(offset), offset)) for offset in offsets)
    chosen = asked.get(name, "0")
    return Slider(
        name,
        name_fact(dial.ref, library().dictionary),
        choices,
        chosen if chosen in {each.value for each in choices} else "0",
    )


def _say(dial: Dial, position: Position, offset: int) -> str:
    if not offset:
        return f"{dial.fact.show(position.value)}（现在）"
    value = f"超过 {dial.fact.show(dial.before(position))}" if position.beyond else dial.fact.show(position.value)
    several = (("多", position.gained), ("少", position.lost))
    brings = "，".join(f"{word} {len(items)} 项" for word, items in several if items)
    return value + (f"（{brings}）" if brings else "")
