"""A program decided for a frame: how many rows are eligible and undetermined by rule, and on request which ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from policies.rules import AnyRecord
from recommender.columnar import kernels
from recommender.columnar.frame import Frame, RecordLists
from recommender.columnar.program import Entries, Program, RecordProgram

Bitmaps = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Rails:
    """Bitmaps of the rows for which something is true, and true or unknown."""

    true: Bitmaps
    maybe: Bitmaps


class Decision:
    """``counts[rule]``: how many rows are eligible, and undetermined. The rest is there if it was kept."""

    def __init__(
        self,
        counts: npt.NDArray[np.int64],
        rows: int,
        rules: npt.NDArray[np.int32],
        blocks: npt.NDArray[np.int32],
        pool: Bitmaps,
    ) -> None:
        """``pool``: the rails of ``rules`` in ``blocks``, where they are not false throughout."""
        self.counts, self.rows = counts, rows
        self._blocks, self._pool = blocks, pool
        self._order = np.argsort(rules, kind="stable")
        self._starts = np.searchsorted(rules[self._order], np.arange(len(counts) + 1))

    def rows_of(self, rule: int, *, undetermined: bool = True) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """The rows that are eligible by a rule, with the undetermined ones or without; which are eligible."""
        total = int(self.counts[rule].sum() if undetermined else self.counts[rule, 0])
        rows, true = np.empty(total, np.int64), np.empty(total, np.bool_)
        if total:
            found = kernels.list_rows(self._blocks, self._pool, self._kept(rule), int(undetermined), rows, true)
            assert found == total
        return rows, true

    def rails(self, rule: int) -> Rails:
        """The rails of one rule over all rows."""
        blocks = -(-self.rows // kernels.BLOCK_ROWS)
        whole = np.zeros((2, blocks, kernels.BLOCK_WORDS), np.uint64)
        for which in self._kept(rule):
            whole[:, self._blocks[which]] = self._pool[which]
        return Rails(whole[0].ravel(), whole[1].ravel())

    def _kept(self, rule: int) -> npt.NDArray[Any]:
        """Where in the pool a rule's blocks are, in the order of the rows."""
        return self._order[self._starts[rule] : self._starts[rule + 1]]


def decide(program: Program, frame: Frame, *, keep: bool) -> Decision:
    """Decide every rule for every row. ``keep``: also which rows; without, the rows cannot be asked for."""
    rows = frame.rows
    codes, fixed = _classes(program, frame)
    class_start, entry_start, entry_condition, entry_true = _entries(program)
    given, given_true, given_maybe, given_state = _given(program, frame)
    blocks = -(-rows // kernels.BLOCK_ROWS)
    most = program.rules * blocks if keep else 0
    kept_rule, kept_block = np.empty(most, np.int32), np.empty(most, np.int32)
    # Only what is written takes memory.
    pool = np.empty((most, 2, kernels.BLOCK_WORDS), np.uint64)
    counts = np.zeros((program.rules, 2), np.int64)
    kept = kernels.decide(
        *(rows, codes, fixed, class_start, entry_start, entry_condition, entry_true),
        *(given, given_true, given_maybe, given_state),
        *(program.operations, program.rule_start, program.demand_start, program.demands),
        *(max(len(program.leaves), 1), program.depth, keep, counts, kept_rule, kept_block, pool),
    )
    return Decision(counts, rows, kept_rule[:kept], kept_block[:kept], pool[:kept])


def _classes(program: Program, frame: Frame) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int32]]:
    """The class of each row by feature, and the class that all rows have, or -1."""
    codes = np.empty((len(program.features), frame.rows), np.uint16)
    fixed = np.full(len(program.features), -1, np.int32)
    for number, feature in enumerate(program.features):
        classes = feature.classes(frame)
        if isinstance(classes, int):
            fixed[number] = classes
        else:
            codes[number] = classes
    return codes, fixed


def _entries(program: Program) -> Entries:
    """What ``kernels.decide`` has to know of the classes; made again once there is a class more."""
    classes = tuple(len(feature.answers) for feature in program.features)
    known, entries = program.entries
    if known != classes or entries is None:
        entries = _entries_of(program, classes)
        program.entries = (classes, entries)
    return entries


def _entries_of(program: Program, classes: tuple[int, ...]) -> Entries:
    """By feature and class the leaves that are not false, and whether they are true."""
    counts, conditions, trues = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0, np.bool_)]
    for feature, leaves, number in zip(program.features, program.numbers, classes, strict=True):
        answers = feature.answers_of(number)
        which, column = np.nonzero(answers)
        counts.append(np.bincount(which, minlength=number))
        conditions.append(leaves[column])
        trues.append(answers[which, column] == kernels.TRUE)
    return (
        np.concatenate(([0], np.cumsum(classes))).astype(np.int64),
        np.concatenate(([0], np.cumsum(np.concatenate(counts)))).astype(np.int64),
        np.concatenate(conditions),
        np.concatenate(trues),
    )


def _given(program: Program, frame: Frame) -> tuple[npt.NDArray[Any], ...]:
    """The leaves that ask for records: their numbers, rails, and what is known of all rows at once."""
    words = -(-frame.rows // kernels.BLOCK_ROWS) * kernels.BLOCK_WORDS
    leaves = [leaf for each in program.record_programs for leaf in each.leaves]
    true, maybe = np.zeros((len(leaves), words), np.uint64), np.zeros((len(leaves), words), np.uint64)
    state = np.full(len(leaves), kernels.MIXED, np.uint8)
    first = 0
    for each in program.record_programs:
        last = first + len(each.leaves)
        lists = frame.lists(each.kind)
        if lists is None:
            state[first:last] = kernels.UNKNOWN
        else:
            _count(each, lists, true[first:last], maybe[first:last])
        first = last
    return np.array(leaves, np.int32), true, maybe, state


def _count(asked: RecordProgram, lists: RecordLists, true: Bitmaps, maybe: Bitmaps) -> None:
    """Whether each row has records enough, for every ``any_record`` of a kind."""
    unknown = np.zeros(maybe.shape[1], np.uint64)
    kernels.pack(~lists.known, unknown)
    maybe |= unknown
    if lists.records.rows == 0:
        return
    decision = decide(asked.program, lists.records, keep=True)
    for number, (leaf, where) in enumerate(zip(asked.asked, asked.where_of, strict=True)):
        assert isinstance(leaf, AnyRecord)
        if decision.counts[where].any():
            met = decision.rails(where)
            kernels.count_records(lists.parents, met.true, met.maybe, leaf.at_least, true[number], maybe[number])
