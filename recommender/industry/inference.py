"""From a guess to a statement: the industry as an inferred fact, where nobody better has said it.

An inferred statement has the lowest rank of all (``enterprises.statements.RANKS``): whatever a register, statistics or
the enterprise itself says takes its place. No rule goes by it (``enterprises.readings``): it orders, and it asks.
"""

from __future__ import annotations

from datetime import date

from enterprises.dictionary import Source
from enterprises.profiles import Observation, Profile
from enterprises.statements import Statement
from recommender.industry.classifier import Classifier, answer
from recommender.industry.wording import activities

INDUSTRY, SCOPE = "industry", "business_scope"
"""The fact that is inferred, and the one that it is inferred from."""


def infer_industry(profile: Profile, classifier: Classifier, on: date) -> Statement | None:
    """What the enterprise's scope and name say of its industry, received on a day; ``None`` where they say too little.

    None as well without a credit code or a scope with words, and where a better source says the industry. The value
    bears the day on which the scope was seen, and the statement's origin says with which model and how probable it is.
    So the same scope and model give the same statement, on whatever day it is made.
    """
    scope, known = profile.facts.get(SCOPE), profile.facts.get(INDUSTRY)
    if scope is None or profile.credit_code is None or (known is not None and known.source is not Source.INFERRED):
        return None
    if not activities(str(scope.value)):
        return None  # a name alone is too little
    guess = answer(classifier.classify(str(scope.value), profile.name or ""))
    if guess is None:
        return None
    said = Observation(guess.code, Source.INFERRED, scope.observed_on)
    return Statement(
        profile=Profile(credit_code=profile.credit_code, facts={INDUSTRY: said}),
        source=Source.INFERRED,
        received_on=on,
        origin=f"由经营范围推断（模型 {classifier.version}，把握 {percent(guess.probability)}）",
    )


def percent(probability: float) -> str:
    """A probability for people, never as if it were certain: 93%, at most 99%, at least 1%."""
    return f"{min(99, max(1, round(probability * 100)))}%"
