"""What an encoder costs: its size on disk, how long a fresh process takes to load it, and how fast it encodes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recommender.encoder.encoder import Encoder

TEXTS = 10_000
"""So many texts are encoded to measure the speed, and never for longer than ``PATIENCE``."""

PATIENCE = 10.0
_BATCH = 500

_LOAD = """
import json, sys, time
began = time.perf_counter()
from recommender.encoder.encoder import load_encoder
load_encoder(sys.argv[1]).encode(["厂里要换一批新设备，能补多少钱"])
print(json.dumps(time.perf_counter() - began))
"""


@dataclass(frozen=True, slots=True)
class EncoderFigures:
    """``size`` in bytes, ``None`` where the model is not a folder here; ``load_seconds``: import, load, first text."""

    name: str
    digest: str
    dimension: int
    size: int | None
    load_seconds: float
    texts_per_second: float


def measure(encoder: Encoder, size: int | None, texts: Sequence[str]) -> EncoderFigures:
    """The figures of an encoder, by encoding ``texts`` over and over. Raises ``ValueError`` on no texts."""
    return EncoderFigures(
        encoder.name, encoder.digest, encoder.dimension, size, _load_seconds(encoder.name), _speed(encoder, texts)
    )


def _speed(encoder: Encoder, texts: Sequence[str]) -> float:
    if not texts:
        raise ValueError("no texts to encode")
    again = cycle(texts)
    encoder.encode(list(islice(again, _BATCH)))
    done, began = 0, time.perf_counter()
    while done < TEXTS and time.perf_counter() - began < PATIENCE:
        encoder.encode(list(islice(again, _BATCH)))
        done += _BATCH
    return done / (time.perf_counter() - began)


def _load_seconds(name: str) -> float:
    """Seconds that a fresh process needs until its first text is encoded, without its own start."""
    command = [sys.executable, "-c", _LOAD, name]
    told = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 our own words only
    return float(json.loads(told.stdout))
