"""The rankers that a recipe has to beat, by name, one file each."""

from collections.abc import Mapping

from recsys.evaluation.baselines import (
    bm25,
    circular_buffer_distinct,
    circular_buffer_frequent,
    co_read,
    most_read,
    most_read_in_section,
    newest,
    newest_in_section,
    random,
    tfidf,
    title_only,
)
from recsys.evaluation.history import Ranker

BASELINES: Mapping[str, Ranker] = {
    "random": random.rank,
    "newest": newest.rank,
    "newest_in_section": newest_in_section.rank,
    "most_read": most_read.rank,
    "most_read_in_section": most_read_in_section.rank,
    "circular_buffer_distinct": circular_buffer_distinct.rank,
    "circular_buffer_frequent": circular_buffer_frequent.rank,
    "co_read": co_read.rank,
    "title_only": title_only.rank,
    "tfidf": tfidf.rank,
    "bm25": bm25.rank,
}

__all__ = ["BASELINES"]
