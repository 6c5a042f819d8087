"""From rows to what is shown: titles, addresses, headings, explanations."""

from dataclasses import replace
from typing import Any

from recsys.data.corpus import Corpus
from recsys.languages import heading
from recsys.lists.base import Query, Ranking, in_force
from recsys.lists.explain import explanations
from recsys.records import Decided, Explanation, Recommendation, RecommendationList
from recsys.snapshot import Snapshot
from recsys.text.display import direction, shorten
from recsys.times import UNKNOWN

_MOST_FACTS, _MOST_IDS = 4096, 32_768  # kept of a corpus: some 6 MB, and 4 MB


def present(
    snapshot: Snapshot, name: str, query: Query, ranking: Ranking, now: int
) -> RecommendationList:
    """Return the answer for a ranking.

    Parameters
    ----------
    name
        ``related``, ``most_read``, ``trending``, ``latest``, ``section`` or ``inline``.
    """
    words = snapshot.settings.list(name).title_words
    n = ranking.rows.size
    why: list[Explanation | None] = [None] * n
    decided: list[Decided | None] = [None] * n
    if query.explain:
        why = explanations(snapshot, query, ranking)
        decided = _decided(snapshot, replace(query, list=query.list or name), ranking, now)
    items = tuple(_item(snapshot, ranking, i, words, why[i], decided[i]) for i in range(n))
    language = list_language(snapshot, query)
    counted = name == "most_read"
    until = snapshot.data_until
    return RecommendationList(
        list=name,
        heading=heading(
            query.section if name == "section" and query.section else name,
            language,
            snapshot.settings.site(query.site).headings,
        ),
        items=items,
        generated_at=now,
        data_until=UNKNOWN if until is None else min(until, now),
        model=snapshot.model,
        degraded=ranking.degraded or snapshot.stale,
        reason=ranking.reason or ("stale" if snapshot.stale else None),
        window=query.window if counted else None,
        window_used=ranking.window_used,
        section=query.section,
        unit=query.unit if counted else None,
        language=language,
        explained=query.explain,
        parameters=_parameters(snapshot, query),
    )


def list_language(snapshot: Snapshot, query: Query) -> str | None:
    """Return the language a list's readers read: asked for, the article's, the site's."""
    own = snapshot.corpus.language_of(query.row) if query.row >= 0 else None
    return query.language or own or snapshot.settings.site(query.site).language


def _item(
    snapshot: Snapshot,
    ranking: Ranking,
    place: int,
    words: int,
    why: Explanation | None,
    decided: Decided | None,
) -> Recommendation:
    row = int(ranking.rows[place])
    return Recommendation(
        rank=place + 1,
        score=float(ranking.scores[place]),
        source=ranking.sources[place],
        story_id=_id(snapshot.corpus, int(snapshot.leaders[row])),
        views=int(ranking.views[place]) if ranking.views is not None else None,
        explain=why,
        override=decided,
        **_facts(snapshot.corpus, row, words),
    )


def _decided(snapshot: Snapshot, query: Query, ranking: Ranking, now: int) -> list[Decided | None]:
    """Return what editors decided about each article, as far as it holds in the list."""
    force = in_force(snapshot, query, now)
    return [None if force is None else force.told(row) for row in ranking.rows.tolist()]


def _facts(corpus: Corpus, row: int, words: int) -> dict[str, Any]:
    """Return what an article is shown by in every list, read once for as long as it is kept."""
    kept = corpus.memo.setdefault("facts", {})
    facts: dict[str, Any] | None = kept.get((row, words))
    if facts is None:
        if len(kept) >= _MOST_FACTS:
            kept.clear()
        facts = kept[row, words] = _read(corpus, row, words)
    return facts


def _read(corpus: Corpus, row: int, words: int) -> dict[str, Any]:
    text = {name: column[row] for name, column in corpus.texts.items() if name != "inline_links"}
    language = corpus.language_of(row)
    return {
        "article_id": text["article_id"],
        "url": text["url"] or None,
        "title": text["title"],
        "title_short": shorten(text["title"], words),
        "section": corpus.section_of(row),
        "published_at": int(corpus.published[row]),
        "image_url": text["image_url"] or None,
        "language": language,
        "dir": direction(language, text["title"]),
        "publisher": text["publisher"] or None,
        "sponsored": bool(corpus.sponsored[row]),
    }


def _id(corpus: Corpus, row: int) -> str:
    """Return an article's id, read once for as long as it is kept."""
    kept = corpus.memo.setdefault("ids", {})
    article_id: str | None = kept.get(row)
    if article_id is None:
        if len(kept) >= _MOST_IDS:
            kept.clear()
        article_id = kept[row] = corpus.id_of(row)
    return article_id


def _parameters(snapshot: Snapshot, query: Query) -> str:
    """Return what was asked, in a form that does not depend on rows."""
    ids = [_id(snapshot.corpus, row) for row in sorted(query.exclude)]
    own = _id(snapshot.corpus, query.row) if query.row >= 0 else ""
    asked = [query.site, own, query.section, query.language, query.limit, query.max_age]
    return repr([*asked, query.sponsored, query.window, query.unit, ids])
