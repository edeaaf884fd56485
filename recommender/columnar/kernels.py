"""The loops over rows and bitmaps, compiled by numba; they release the interpreter, so that threads run side by side.

A bitmap holds row ``i`` of a block in bit ``i % 64`` of word ``i // 64``. Every answer has two rails: *true*, and
*maybe*, which is true or unknown. And, or are one operation a rail; not swaps and inverts them (Kleene's logic).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

BLOCK_WORDS = 128
BLOCK_ROWS = BLOCK_WORDS * 64
"""Rows that are decided together: the rails of some hundred conditions on them stay in the second-level cache."""

UNKNOWN_HIGH = np.iinfo(np.int64).max
UNKNOWN_LOW = np.iinfo(np.int64).min

# What is known of all rows of a block at once; only MIXED conditions have rails.
FALSE, MIXED, TRUE, UNKNOWN = 0, 1, 2, 3

# Operations of a rule on a stack of rails. LOAD, AND, OR, AND_NOT take a condition, SOME a count and a number of parts.
# An AND with 1 for its other argument belongs to the whole rule: once nothing is left, nothing will be.
LOAD, AND, OR, AND_NOT, NOT, MERGE_AND, MERGE_OR, SOME, BAR, CONSTANT = range(10)

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_SIX = np.uint64(6)
_LOW = np.uint64(63)


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    try:
        compiled: Callable[..., Any] = njit(cache=True, nogil=True)(function)
    except RuntimeError:  # nowhere to keep it, as for a service without a home: compiled anew in each process
        compiled = njit(nogil=True)(function)
    return compiled


# ----------------------------------------------------------------- classes


@_compiled
def bin_numbers(values, known, cuts, class_of_bin, out):
    """The class of each number: of the bin that it lies in, 0 where it is not known. Each of ``cuts`` begins a bin."""
    for row in range(values.shape[0]):
        if not known[row]:
            out[row] = 0
            continue
        value = values[row]
        low, high = 0, cuts.shape[0]
        while low < high:
            middle = (low + high) >> 1
            if cuts[middle] <= value:
                low = middle + 1
            else:
                high = middle
        out[row] = class_of_bin[low]


@_compiled
def map_codes(codes, class_of_code, out):
    """The class of each code; code -1 is null and has class 0."""
    for row in range(codes.shape[0]):
        code = codes[row]
        out[row] = class_of_code[code] if code >= 0 else 0


@_compiled
def _scaled(number, numerator, denominator):
    """The whole part of ``number × numerator ÷ denominator`` (rounded down) and whether it is exact, for numbers >= 0.

    What does not fit into 62 bits is cut off there: no figure is that large.
    """
    whole, rest = number // denominator, number % denominator
    limit = np.int64(1) << np.int64(62)
    size = abs(numerator)
    if size > 0 and whole > limit // size:
        return (limit if numerator > 0 else -limit), False
    part = rest * numerator
    return whole * numerator + part // denominator, part % denominator == 0


@_compiled
def bin_quotients(above, above_known, below, below_known, numerators, denominators, class_of_bin, out):
    """The class of each quotient ``above ÷ below``, compared exactly with ascending fractions.

    Bin ``2 i`` lies between fraction ``i - 1`` and ``i``, bin ``2 i + 1`` is fraction ``i`` itself. Over zero or less a
    quotient has no meaning and is not known.
    """
    for row in range(above.shape[0]):
        if not (above_known[row] and below_known[row]) or below[row] <= 0:
            out[row] = 0
            continue
        low, high = 0, numerators.shape[0]
        found = -1
        while low < high:
            middle = (low + high) >> 1
            limit, exact = _scaled(below[row], numerators[middle], denominators[middle])
            if above[row] > limit:
                low = middle + 1
            elif above[row] == limit and exact:
                found = middle
                break
            elif above[row] == limit:
                high = middle
            else:
                high = middle
        out[row] = class_of_bin[2 * found + 1] if found >= 0 else class_of_bin[2 * low]


@_compiled
def add_steps(values, known, floors, count, combined):
    """Add to the numbers in ``combined`` how many ``floors`` each figure reaches, and one; 0 where it is not known."""
    for row in range(values.shape[0]):
        steps = 0
        if known[row]:
            steps = 1
            for floor in floors:
                if values[row] >= floor:
                    steps += 1
        combined[row] = combined[row] * count + steps


@_compiled
def look_up(indices, table, missing, out):
    """What the table has at each index; returns how many times that is ``missing``."""
    count = 0
    for row in range(indices.shape[0]):
        found = table[indices[row]]
        out[row] = found
        if found == missing:
            count += 1
    return count


@_compiled
def _year_of(day):
    """The year of a day since 1970. Source: H. Hinnant, chrono-compatible low-level date algorithms."""
    shifted = day + 719468
    era = shifted // 146097
    day_of_era = shifted - era * 146097
    year = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year + year // 4 - year // 100)
    return year + era * 400 + (1 if (5 * day_of_year + 2) // 153 >= 10 else 0)


@_compiled
def history(
    rows, years, figures, known, year, before, before_known, before_year, registered, registered_known,
    past, ceiling, whole,
):  # fmt: skip
    """What a series says of a first reach in ``year``: see ``recommender.evaluation.first_reach``.

    ``past``: the highest known figure of earlier years; ``ceiling``: the year's figure, or the highest of a time that
    the year is part of; ``whole``: the year's figure and the whole history before it are known. ``years`` ascend;
    ``figures`` and ``known`` are of the ``rows`` only, ``registered`` is in days since 1970.
    """
    for index in range(rows.shape[0]):
        row = rows[index]
        highest = UNKNOWN_LOW
        top = UNKNOWN_HIGH
        has_year = False
        first, began, listed, after = year, year, 0, 0
        since = before_year[row] if before_known[row] and before_year[row] <= year else year + 1
        for column in range(years.shape[0]):
            if not known[column, index]:
                continue
            figure = figures[column, index]
            if years[column] == year:
                has_year = True
                top = figure
                continue
            highest = max(highest, figure)
            if listed == 0:
                first = years[column]
            listed += 1
            if years[column] >= since:
                after += 1
            if figure > 0 and years[column] < began:
                began = years[column]
        if since <= year:
            highest = max(highest, before[row])
            complete = after == year - since
        else:
            born = _year_of(registered[row])
            complete = listed == year - first and registered_known[row] and first <= born and born <= began
        if not has_year and before_known[row] and before_year[row] > year:
            top = before[row]
        past[row] = highest
        ceiling[row] = top
        whole[row] = complete and has_year


@_compiled
def bin_first_reaches(past, ceiling, whole, thresholds, out):
    """The kind of each history: how many thresholds earlier years reached, how many the year may have, whole or not."""
    count = thresholds.shape[0]
    for row in range(past.shape[0]):
        reached, possible = 0, 0
        for step in range(count):
            if thresholds[step] <= past[row]:
                reached += 1
            if thresholds[step] <= ceiling[row]:
                possible += 1
        out[row] = ((reached * (count + 1) + possible) << 1) + (1 if whole[row] else 0)


# ------------------------------------------------------------------ blocks


@_compiled
def decide(
    rows, codes, fixed, class_start, entry_start, entry_condition, entry_true,
    given_condition, given_true, given_maybe, given_state,
    operations, rule_start, demand_start, demands,
    conditions, depth, keep, counts, kept_rule, kept_block, pool,
):  # fmt: skip
    """Decide every rule for every row; ``counts`` gets how many are true, and unknown, by rule.

    ``codes``: a class number by feature and row; ``fixed``: the class that all rows have, or -1. Class ``k`` of a
    feature has the entries ``entry_start[class_start[feature] + k]`` to the next: the conditions that are not false for
    it, and whether they are true. Conditions given as bitmaps have their rails in ``given_true`` and ``given_maybe``.
    With ``keep``, the rails of rules that are not false throughout a block go to ``pool``. Returns how many were kept.
    """
    true = np.zeros((conditions, BLOCK_WORDS), np.uint64)
    maybe = np.zeros((conditions, BLOCK_WORDS), np.uint64)
    state = np.zeros(conditions, np.uint8)
    stack_true = np.zeros((depth, BLOCK_WORDS), np.uint64)
    stack_maybe = np.zeros((depth, BLOCK_WORDS), np.uint64)
    full = np.zeros(BLOCK_WORDS, np.uint64)
    classes = 0
    for feature in range(codes.shape[0]):
        classes = max(classes, class_start[feature + 1] - class_start[feature])
    slot_of = np.full(classes, -1, np.int32)
    present = np.zeros(min(classes, BLOCK_ROWS) + 1, np.int32)
    members = np.zeros((min(classes, BLOCK_ROWS) + 1, BLOCK_WORDS), np.uint64)
    kept = 0
    for start in range(0, rows, BLOCK_ROWS):
        size = min(BLOCK_ROWS, rows - start)
        words = (size + 63) >> 6
        for word in range(words):
            full[word] = _ALL
        if size & 63:
            full[words - 1] = (_ONE << np.uint64(size & 63)) - _ONE
        for condition in range(conditions):
            state[condition] = FALSE
        for feature in range(codes.shape[0]):
            base = class_start[feature]
            if fixed[feature] >= 0:
                _settle(base + fixed[feature], entry_start, entry_condition, entry_true, state)
                continue
            row_codes = codes[feature]
            count = _group(row_codes, start, size, words, slot_of, present, members)
            if count == 1:
                _settle(base + present[0], entry_start, entry_condition, entry_true, state)
            else:
                for slot in range(count):
                    which = base + present[slot]
                    for entry in range(entry_start[which], entry_start[which + 1]):
                        condition = entry_condition[entry]
                        if state[condition] == FALSE:
                            state[condition] = MIXED
                            for word in range(words):
                                true[condition, word] = _ZERO
                                maybe[condition, word] = _ZERO
                        if entry_true[entry]:
                            for word in range(words):
                                true[condition, word] |= members[slot, word]
                                maybe[condition, word] |= members[slot, word]
                        else:
                            for word in range(words):
                                maybe[condition, word] |= members[slot, word]
            for slot in range(count):
                slot_of[present[slot]] = -1
        first_word = start >> 6
        for number in range(given_condition.shape[0]):
            condition = given_condition[number]
            if given_state[number] != MIXED:
                state[condition] = given_state[number]
                continue
            seen = _ZERO
            for word in range(words):
                true[condition, word] = given_true[number, first_word + word]
                maybe[condition, word] = given_maybe[number, first_word + word]
                seen |= maybe[condition, word]
            state[condition] = MIXED if seen else FALSE
        for rule in range(rule_start.shape[0] - 1):
            if _is_refuted(demands, demand_start[rule], demand_start[rule + 1], state):
                continue
            _run(
                operations,
                rule_start[rule],
                rule_start[rule + 1],
                words,
                full,
                true,
                maybe,
                state,
                stack_true,
                stack_maybe,
            )
            eligible, open_ = 0, 0
            for word in range(words):
                eligible += _population_count(stack_true[0, word])
                open_ += _population_count(stack_maybe[0, word])
            if open_ == 0:
                continue
            counts[rule, 0] += eligible
            counts[rule, 1] += open_ - eligible
            if keep:
                kept_rule[kept] = rule
                kept_block[kept] = start // BLOCK_ROWS
                for word in range(words):
                    pool[kept, 0, word] = stack_true[0, word]
                    pool[kept, 1, word] = stack_maybe[0, word]
                for word in range(words, BLOCK_WORDS):
                    pool[kept, 0, word] = _ZERO
                    pool[kept, 1, word] = _ZERO
                kept += 1
    return kept


@_compiled
def _settle(which, entry_start, entry_condition, entry_true, state):
    """All rows are of one class."""
    for entry in range(entry_start[which], entry_start[which + 1]):
        state[entry_condition[entry]] = TRUE if entry_true[entry] else UNKNOWN


@_compiled
def _group(codes, start, size, words, slot_of, present, members):
    """Bitmaps of the rows of each class that there is in the block; returns how many classes."""
    changes = 0
    for row in range(start + 1, start + size):
        if codes[row] != codes[row - 1]:
            changes += 1
    count = 0
    if changes * 8 > size:
        for index in range(size):
            code = codes[start + index]
            slot = slot_of[code]
            if slot < 0:
                slot = count
                slot_of[code] = slot
                present[slot] = code
                count += 1
                for word in range(words):
                    members[slot, word] = _ZERO
            members[slot, index >> 6] |= _ONE << np.uint64(index & 63)
        return count
    index = 0
    while index < size:
        code = codes[start + index]
        end = index + 1
        while end < size and codes[start + end] == code:
            end += 1
        slot = slot_of[code]
        if slot < 0:
            slot = count
            slot_of[code] = slot
            present[slot] = code
            count += 1
            for word in range(words):
                members[slot, word] = _ZERO
        _set_range(members[slot], index, end)
        index = end
    return count


@_compiled
def _set_range(bitmap, start, end):
    """Set the bits from ``start`` to before ``end``."""
    first, last = start >> 6, (end - 1) >> 6
    head = _ALL << np.uint64(start & 63)
    tail = _ALL >> np.uint64(63 - ((end - 1) & 63))
    if first == last:
        bitmap[first] |= head & tail
        return
    bitmap[first] |= head
    for word in range(first + 1, last):
        bitmap[word] = _ALL
    bitmap[last] |= tail


@_compiled
def _is_refuted(demands, start, end, state):
    """Whether something that the rule demands is false in the whole block. ``~c`` demands that ``c`` be not true."""
    for number in range(start, end):
        demand = demands[number]
        if demand >= 0:
            if state[demand] == FALSE:
                return True
        elif state[~demand] == TRUE:
            return True
    return False


@_compiled
def _run(operations, start, end, words, full, true, maybe, state, stack_true, stack_maybe):
    """Run a rule; its rails are left at the bottom of the stack."""
    top = -1
    for number in range(start, end):
        operation, argument, other = operations[number, 0], operations[number, 1], operations[number, 2]
        if operation == LOAD:
            top += 1
            _fill(stack_true[top], stack_maybe[top], state[argument], true[argument], maybe[argument], full, words)
        elif operation == CONSTANT:
            top += 1
            for word in range(words):
                stack_true[top, word] = full[word] if argument == TRUE else _ZERO
                stack_maybe[top, word] = _ZERO if argument == FALSE else full[word]
        elif operation == AND:
            _and(stack_true[top], stack_maybe[top], state[argument], true[argument], maybe[argument], words)
            if other and _is_empty(stack_maybe[0], words):
                return
        elif operation == AND_NOT:
            _and_not(stack_true[top], stack_maybe[top], state[argument], true[argument], maybe[argument], words)
        elif operation == OR:
            _or(stack_true[top], stack_maybe[top], state[argument], true[argument], maybe[argument], full, words)
        elif operation == NOT:
            for word in range(words):
                was_true = stack_true[top, word]
                stack_true[top, word] = full[word] & ~stack_maybe[top, word]
                stack_maybe[top, word] = full[word] & ~was_true
        elif operation == MERGE_AND:
            top -= 1
            for word in range(words):
                stack_true[top, word] &= stack_true[top + 1, word]
                stack_maybe[top, word] &= stack_maybe[top + 1, word]
        elif operation == MERGE_OR:
            top -= 1
            for word in range(words):
                stack_true[top, word] |= stack_true[top + 1, word]
                stack_maybe[top, word] |= stack_maybe[top + 1, word]
        elif operation == SOME:
            top -= other - 1
            _some(stack_true, top, argument, other, words)
            _some(stack_maybe, top, argument, other, words)
        # BAR: who is known to be gone is offered nothing; who is not known to be, is.
        elif state[argument] == TRUE:
            for word in range(words):
                stack_true[top, word] = _ZERO
                stack_maybe[top, word] = _ZERO
        elif state[argument] == MIXED:
            for word in range(words):
                stack_true[top, word] &= ~true[argument, word]
                stack_maybe[top, word] &= ~true[argument, word]


@_compiled
def _fill(out_true, out_maybe, state, true, maybe, full, words):
    for word in range(words):
        if state == MIXED:
            out_true[word] = true[word]
            out_maybe[word] = maybe[word]
        else:
            out_true[word] = full[word] if state == TRUE else _ZERO
            out_maybe[word] = _ZERO if state == FALSE else full[word]


@_compiled
def _and(out_true, out_maybe, state, true, maybe, words):
    if state == MIXED:
        for word in range(words):
            out_true[word] &= true[word]
            out_maybe[word] &= maybe[word]
    elif state == UNKNOWN:
        for word in range(words):
            out_true[word] = _ZERO
    elif state == FALSE:
        for word in range(words):
            out_true[word] = _ZERO
            out_maybe[word] = _ZERO


@_compiled
def _and_not(out_true, out_maybe, state, true, maybe, words):
    if state == MIXED:
        for word in range(words):
            out_true[word] &= ~maybe[word]
            out_maybe[word] &= ~true[word]
    elif state == UNKNOWN:
        for word in range(words):
            out_true[word] = _ZERO
    elif state == TRUE:
        for word in range(words):
            out_true[word] = _ZERO
            out_maybe[word] = _ZERO


@_compiled
def _or(out_true, out_maybe, state, true, maybe, full, words):
    if state == MIXED:
        for word in range(words):
            out_true[word] |= true[word]
            out_maybe[word] |= maybe[word]
    elif state == UNKNOWN:
        for word in range(words):
            out_maybe[word] = full[word]
    elif state == TRUE:
        for word in range(words):
            out_true[word] = full[word]
            out_maybe[word] = full[word]


@_compiled
def _some(stack, top, least, parts, words):
    """At least ``least`` of the ``parts`` rails from ``top`` on, into ``top``."""
    reached = np.zeros(least + 1, np.uint64)
    for word in range(words):
        reached[0] = _ALL
        for count in range(1, least + 1):
            reached[count] = _ZERO
        for part in range(parts):
            bits = stack[top + part, word]
            for count in range(least, 0, -1):
                reached[count] |= reached[count - 1] & bits
        stack[top, word] = reached[least]


@_compiled
def _is_empty(bitmap, words):
    seen = _ZERO
    for word in range(words):
        seen |= bitmap[word]
    return seen == _ZERO


@_compiled
def _population_count(word):
    word = word - ((word >> _ONE) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


# ----------------------------------------------------------------- results


@_compiled
def list_rows(kept_block, pool, order, rail, rows_out, true_out):
    """The rows of one rail (0: true, 1: maybe) of the kept blocks in ``order``, and which are true; and how many."""
    position = 0
    for number in range(order.shape[0]):
        which = order[number]
        base = kept_block[which] * BLOCK_ROWS
        for word in range(BLOCK_WORDS):
            bits = pool[which, rail, word]
            sure = pool[which, 0, word]
            while bits:
                lowest = bits & (~bits + _ONE)
                rows_out[position] = base + word * 64 + _population_count(lowest - _ONE)
                true_out[position] = (sure & lowest) != _ZERO
                position += 1
                bits ^= lowest
    return position


@_compiled
def count_records(parents, true, maybe, least, out_true, out_maybe):
    """Whether a row has at least ``least`` records; ``true`` and ``maybe`` are the rails by record.

    ``parents[r]`` is the row that record ``r`` belongs to; they ascend.
    """
    records = parents.shape[0]
    previous, sure, possible = -1, 0, 0
    for word in range((records + 63) >> 6):
        bits = maybe[word]
        while bits:
            lowest = bits & (~bits + _ONE)
            bits ^= lowest
            record = word * 64 + _population_count(lowest - _ONE)
            row = parents[record]
            if row != previous:
                previous, sure, possible = row, 0, 0
            possible += 1
            if true[word] & lowest:
                sure += 1
            mark = _ONE << np.uint64(row & 63)
            if possible >= least:
                out_maybe[row >> 6] |= mark
            if sure >= least:
                out_true[row >> 6] |= mark


@_compiled
def pack(flags, out):
    """A bitmap of booleans."""
    for row in range(flags.shape[0]):
        if flags[row]:
            out[row >> 6] |= _ONE << np.uint64(row & 63)
