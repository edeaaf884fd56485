"""The training: alike pairs together, others apart.

Two losses are added. One wants the pairs of a batch in the order of their labels (CoSENT, Su 2022). The other wants the
partner of a sentence found among all sentences of the batch (InfoNCE, van den Oord 2018), where the label says that
they are alike. Each batch is of one kind of pairs. Some features of each sentence are dropped, so that none is relied
on alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from recommender.encoder.features import Features
from recommender.encoder.training.sentences import Pair
from recommender.encoder.training.vocabulary import Rows


@dataclass(frozen=True, slots=True)
class Recipe:
    """The numbers of the training, chosen on held-out pairs."""

    epochs: int = 5
    batch: int = 512
    rate: float = 2e-3
    dropped: float = 0.2
    order: float = 10.0  # how sharply CoSENT tells similarities apart
    found: float = 0.05  # the temperature of InfoNCE


@dataclass(frozen=True, slots=True)
class Material:
    """Pairs as rows of features: ``alike`` from 0 to 1, ``kinds`` by name, one a pair."""

    first: Rows
    second: Rows
    alike: NDArray[np.float32]
    kinds: NDArray[np.str_]

    @classmethod
    def of(cls, pairs: Sequence[Pair], known: Features) -> Material:
        """``pairs`` as ``known`` sees them."""
        return cls(
            Rows.of((pair.first for pair in pairs), known),
            Rows.of((pair.second for pair in pairs), known),
            np.array([pair.alike for pair in pairs], np.float32),
            np.array([pair.kind for pair in pairs]),
        )


def train(table: NDArray[np.float32], material: Material, recipe: Recipe, seed: int) -> Iterator[NDArray[np.float32]]:
    """The table after each epoch, always the same for one seed on one kind of machine."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)  # more are no faster at this size, and sums would depend on how many there are
    chance = np.random.default_rng(seed)
    weight = torch.nn.Parameter(torch.from_numpy(table.copy()))
    optimizer = torch.optim.SparseAdam([weight], lr=recipe.rate, betas=(0.9, 0.99))
    done, steps = 0, recipe.epochs * len(_batches(material.kinds, recipe.batch, np.random.default_rng(seed)))
    for _ in range(recipe.epochs):
        for batch in _batches(material.kinds, recipe.batch, chance):
            done += 1
            for group in optimizer.param_groups:
                group["lr"] = recipe.rate * min(1.0, done / 50) * max(0.02, 1 - done / steps)
            optimizer.zero_grad()
            first = _vectors(weight, *_some(material.first, batch, recipe.dropped, chance))
            second = _vectors(weight, *_some(material.second, batch, recipe.dropped, chance))
            _loss(first, second, torch.from_numpy(material.alike[batch]), recipe).backward()  # type: ignore[no-untyped-call]
            optimizer.step()  # type: ignore[no-untyped-call]
        yield weight.detach().numpy().copy()


def similarities(table: NDArray[np.float32], material: Material) -> NDArray[np.float32]:
    """The cosine of each pair."""
    weight = torch.from_numpy(table)
    sides = (
        (torch.from_numpy(side.rows), torch.from_numpy(side.begins[:-1])) for side in (material.first, material.second)
    )
    first, second = (_vectors(weight, rows, begins, sparse=False) for rows, begins in sides)
    cosines: NDArray[np.float32] = (first * second).sum(1).numpy()
    return cosines


def _batches(kinds: NDArray[np.str_], size: int, chance: np.random.Generator) -> list[NDArray[np.int64]]:
    batches = []
    for kind in np.unique(kinds):
        shuffled = chance.permutation(np.flatnonzero(kinds == kind))
        batches += [shuffled[start : start + size] for start in range(0, len(shuffled), size)]
    return [batches[place] for place in chance.permutation(len(batches)) if len(batches[place]) >= 16]


def _some(
    side: Rows, batch: NDArray[np.int64], dropped: float, chance: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    parts = [side.rows[side.begins[text] : side.begins[text + 1]] for text in batch]
    rows, owners = np.concatenate(parts), np.repeat(np.arange(len(batch)), [len(part) for part in parts])
    kept = chance.random(len(rows)) >= dropped
    counts = np.bincount(owners[kept], minlength=len(batch))
    return torch.from_numpy(rows[kept].astype(np.int64)), torch.from_numpy(np.cumsum(counts) - counts)


def _vectors(weight: torch.Tensor, rows: torch.Tensor, begins: torch.Tensor, *, sparse: bool = True) -> torch.Tensor:
    sums = functional.embedding_bag(rows.long(), weight, begins, mode="sum", sparse=sparse)
    return functional.normalize(sums, dim=1, eps=1e-6)


def _loss(first: torch.Tensor, second: torch.Tensor, alike: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    loss = _order((first * second).sum(1) * recipe.order, alike)
    partners = (alike == 1).nonzero()[:, 0]
    if len(partners) > 8:
        forth = functional.cross_entropy(first[partners] @ second.T / recipe.found, partners)
        back = functional.cross_entropy(second[partners] @ first.T / recipe.found, partners)
        loss = loss + (forth + back) / 2
    return loss


def _order(similarity: torch.Tensor, alike: torch.Tensor) -> torch.Tensor:
    wrong = (similarity[None, :] - similarity[:, None])[alike[:, None] > alike[None, :]]
    return torch.logsumexp(torch.cat([torch.zeros(1), wrong]), 0)
