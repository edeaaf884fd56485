"""Which items are alike, worked out once for each library and kept: all are compared with all, in a second or so."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from policies.library import Library

if TYPE_CHECKING:
    from recommender.similar.pairs import Pair

MOST = 5
"""So many items are named beside one."""

_log = logging.getLogger(__name__)


class Alike:
    """The items alike of the library as it is. For many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._library: Library | None = None
        self._pairs: Mapping[str, tuple[Pair, ...]] = {}

    def of(self, item_id: str, library: Library) -> tuple[Pair, ...]:
        """The items most like one, best first; none, with a warning in the log, where the model cannot be used."""
        return self._of(library).get(item_id, ())[:MOST]

    def prepare(self, library: Library) -> None:
        """Compare all items ahead of the first question."""
        self._of(library)

    def _of(self, library: Library) -> Mapping[str, tuple[Pair, ...]]:
        with self._lock:
            if self._library is not library:
                self._pairs, self._library = _compare(library), library
            return self._pairs


def _compare(library: Library) -> Mapping[str, tuple[Pair, ...]]:
    from recommender.encoder.encoder import BadModel, load_encoder
    from recommender.similar.pairs import similar_pairs

    try:
        pairs = similar_pairs(library, load_encoder())
    except BadModel as error:
        _log.warning("相似的事项列不出来：%s", error)
        return {}
    found: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        for item in pair.items:
            found[item.id].append(pair)
    return {item_id: tuple(some) for item_id, some in found.items()}
