"""The built-in encoder, read once."""

import pytest

from recommender.encoder.encoder import BUILTIN, Encoder, load_encoder


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return load_encoder(BUILTIN)
