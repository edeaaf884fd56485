"""The words that questions are held against: those of the bundled library."""

import pytest

from policies.library import bundled_library
from recommender.search.vocabulary import Vocabulary


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    items = bundled_library().published
    return Vocabulary.of(f"{item.title}。{item.summary}。{item.document.title}" for item in items)
