"""Our own schema: articles, events and judgements as JSONL, CSV or Parquet."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from recsys.data.corpus import Corpus
from recsys.data.importers.reading import OnError, Report, read_articles
from recsys.errors import DataError
from recsys.evaluation.dataset import Dataset
from recsys.evaluation.readers.base import Reading, first_there, required
from recsys.evaluation.readers.columns import EventColumns, reads_from
from recsys.evaluation.readers.events import read_columns
from recsys.evaluation.readers.judging import with_inline_links, with_judgements
from recsys.evaluation.readers.lists import impressions_from
from recsys.records import Article
from recsys.settings import Settings
from recsys.times import UNKNOWN

_ENDINGS = (".parquet", ".jsonl", ".jsonl.gz", ".csv", ".csv.gz")
_ARTICLES = tuple(f"articles{ending}" for ending in _ENDINGS)
_EVENTS = tuple(f"events{ending}" for ending in _ENDINGS)
_JUDGEMENTS = tuple(
    f"{name}{ending}" for name in ("judgements", "editorial_links") for ending in _ENDINGS
)
_OFTEN = 1000  # rows between two looks at the progress


def recognised(folder: Path) -> bool:
    """Return whether a folder has articles of our own schema."""
    return first_there(folder, *_ARTICLES) is not None


def read(folder: Path, reading: Reading) -> Dataset:
    """Return what lies in a folder: ``articles``, and ``events`` and ``judgements`` if there."""
    events = first_there(folder, *_EVENTS)
    return gathered(
        folder.name,
        [required(folder, *_ARTICLES)],
        [] if events is None else [events],
        first_there(folder, *_JUDGEMENTS),
        reading,
    )


def read_own(
    articles: Sequence[Path],
    events: Sequence[Path] = (),
    judgements: Path | None = None,
    settings: Settings | None = None,
    *,
    site: str | None = None,
    site_column: str | None = None,
    on_error: OnError = "stop",
    report: Report | None = None,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
    name: str | None = None,
) -> Dataset:
    """Return a data set made of files; the parameters are those of `Reading`.

    Parameters
    ----------
    articles, events, judgements
        Files in JSONL, CSV or Parquet. Without judgements those in the articles' ``inline_links``
        are taken.
    name
        None takes the folder of the first file.

    Raises
    ------
    DataError
        If a file cannot be read, or at the first bad row: file, line, field and reason.
    """
    reading = Reading(
        settings or Settings(), site, site_column, on_error, report or Report(), progress
    )
    own = name or (articles[0].resolve().parent.name if articles else "")
    return gathered(own, articles, events, judgements, reading)


def gathered(
    name: str,
    articles: Sequence[Path],
    events: Sequence[Path],
    judgements: Path | None,
    reading: Reading,
) -> Dataset:
    """Return a data set made of files."""
    if not articles:
        raise DataError("an evaluation needs at least one file of articles")
    by_key = {article.key: article for file in articles for article in _articles(file, reading)}
    chosen = [by_key[key] for key in sorted(by_key)]
    columns = read_columns(events, reading)
    dataset = on_columns(name, chosen, columns)
    if judgements is not None:
        return with_judgements(dataset, judgements, reading)
    return with_inline_links(dataset)


def on_columns(name: str, articles: Sequence[Article], columns: EventColumns) -> Dataset:
    """Return a data set of articles, in the order of their keys, and what was done with them."""
    corpus = Corpus.of(articles)
    rows = columns.rows(corpus)
    reads = reads_from(columns, corpus, rows)
    shown = impressions_from(columns, rows)
    notes = [*_about_articles(corpus, len(reads)), *_about_events(columns, int((rows < 0).sum()))]
    if shown.n_lists and (shown.position < 0).any():
        notes.append("the place of some articles in the lists that were shown is not known")
    return Dataset.on(name, articles, corpus, reads, impressions=shown, notes=tuple(notes))


def _articles(path: Path, reading: Reading) -> Iterator[Article]:
    items = read_articles(
        path,
        reading.settings,
        site=reading.site,
        site_column=reading.site_column,
        on_error=reading.on_error,
        report=reading.report,
    )
    for n, article in enumerate(items):
        if n % _OFTEN == 0:
            reading.progress(path.name, n, 0)
        yield article


def _about_articles(corpus: Corpus, n_reads: int) -> Iterator[str]:
    undated = int((corpus.published == UNKNOWN).sum())
    if undated:
        of = "publication times are unknown" if undated == len(corpus) else (
            f"publication times are unknown of {undated} of {len(corpus)} articles"
        )  # fmt: skip
        yield f"{of}; such an article counts as known from its first read" + (
            "" if n_reads else ", and as there is no read of a known time, from the beginning"
        )
    if len(corpus) and not corpus.shown.any():
        yield "no article has a text: text similarity cannot be measured here"


def _about_events(columns: EventColumns, n_elsewhere: int) -> Iterator[str]:
    untimed = int((columns.time == UNKNOWN).sum())
    if untimed:
        yield f"events without a time, which are no reads: {untimed} of {len(columns)}"
    if n_elsewhere:
        yield f"events about articles that are not there, left out: {n_elsewhere} of {len(columns)}"
