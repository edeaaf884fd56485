"""The rows before training.

Random directions keep features apart, which alone makes a text's vector a faithful list of its characters. The company
that features keep (positive pointwise mutual information within a sentence, reduced by a singular value decomposition;
Levy and Goldberg 2014) brings related ones nearer. The first directions of it, which nearly all features share, are
taken out (Mu and Viswanath 2018). A row is as long as its feature is rare (inverse document frequency).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.encoder.features import Features
from recommender.encoder.training.vocabulary import Rows

_COMPANY = 0.3  # of 1: the share of the squared length that company gets
_PAIRS_AND_WORDS = 0.3  # how long they are beside single characters, of which they are made
_SHARED = 2  # directions taken out
_OFTEN = 20  # sentences a feature must be in to help say which directions all share
_TOGETHER = 2  # sentences two features must share to be company


def first_table(seen: Rows, plain: Rows, known: Features, dimension: int, seed: int) -> NDArray[np.float32]:
    """A row a feature of ``known``: its company as ``seen`` shows it, its rarity as ``plain`` (without laws) does."""
    size = len(known.vocabulary)
    frequency = np.bincount(plain.rows, minlength=size)
    rarity = np.log((len(plain.begins) + 1) / (frequency + 1))
    random = np.random.default_rng(seed).normal(size=(size, dimension)) / np.sqrt(dimension)
    company = _without_shared(_company(seen, size, dimension, seed), frequency > _OFTEN)
    mixed = np.sqrt(1 - _COMPANY) * random + np.sqrt(_COMPANY) * company
    single = np.array([len(feature) == 1 or feature.isascii() for feature in known.vocabulary])
    lengths = rarity / rarity.max() * np.where(single, 1.0, _PAIRS_AND_WORDS)
    table: NDArray[np.float32] = (mixed * lengths[:, None]).astype(np.float32)
    return table


def _company(seen: Rows, size: int, dimension: int, seed: int) -> NDArray[np.float64]:
    from sklearn.utils.extmath import randomized_svd

    left, values, _ = randomized_svd(_information(seen, size), min(dimension, size), n_iter=3, random_state=seed)
    company = np.zeros((size, dimension))
    company[:, : len(values)] = left * np.sqrt(values)
    return _unit(company)


def _information(seen: Rows, size: int) -> sparse.csr_matrix:
    shape = (len(seen.begins) - 1, size)
    counts = sparse.csr_matrix((np.ones(len(seen.rows), np.float32), seen.rows, seen.begins), shape=shape)
    counts.sum_duplicates()
    counts.data[:] = 1
    together = (counts.T @ counts).tocoo()
    kept = (together.row != together.col) & (together.data >= _TOGETHER)
    row, column, count = together.row[kept], together.col[kept], together.data[kept].astype(np.float64)
    sums = np.bincount(row, count, size)
    smoothed = sums**0.75  # so that rare features are not everybody's best company
    information = np.log(count * smoothed.sum() / (sums[row] * smoothed[column]))
    positive = information > 0
    places = (row[positive], column[positive])
    return sparse.csr_matrix((information[positive].astype(np.float32), places), shape=(size, size))


def _without_shared(rows: NDArray[np.float64], often: NDArray[np.bool_]) -> NDArray[np.float64]:
    rows = rows - rows[often].mean(axis=0)
    shared = np.linalg.svd(rows[often], full_matrices=False)[2][:_SHARED]
    return _unit(rows - rows @ shared.T @ shared)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(lengths, 1e-6)
