"""What is read next in a session: popularity alone against popularity with co-reading.

    python -m benchmarks.next_read --data FOLDER [--sessions 30000] [--first 2] [--last 5]
        [--every MINUTES] [--thin SHARE] [--half-life MINUTES] [--seed 7]

On the click log of a news portal (``globo_clicks_2017_10``), prequentially: whoever is asked knows
all reads up to the moment of the question, of all sessions, and nothing of what comes later. The
articles that the reader had read before in the session are not listed. With ``--every`` co-reads
are learned only at multiples of so many minutes, as by a model that is trained so often; with
``--thin`` only a share of the sessions was there at all.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recsys.evaluation.baselines.most_read import DecayedReads
from recsys.evaluation.co_reads import CoReads
from recsys.evaluation.dataset import Reads
from recsys.topk import top_k

K = 10
POPULAR = 200  # most read articles that are looked at beside the partners
MINUTE = 60_000
DAY = 86_400_000
OCTOBER = 1_506_816_000_000  # its first midnight, UTC, in milliseconds

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def reads_of(path: Path) -> tuple[Reads, int]:
    """Return the clicks by row, in order of time, and how many articles were read."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(path, columns=["timestamp", "article_id", "session_id"])
    time = table["timestamp"].to_numpy().astype("datetime64[ms]").astype(np.int64)
    names, row = np.unique(table["article_id"].to_numpy().astype(str), return_inverse=True)
    _, session = np.unique(table["session_id"].to_numpy().astype(str), return_inverse=True)
    return Reads.of(time, row, session), names.size


def steps(reads: Reads, first: int, last: int, sessions: int, seed: int) -> tuple[Ints, Ints]:
    """Return the places of reads of [first, last) and of the next reads of their sessions."""
    order = np.argsort(reads.session, kind="stable")
    goes_on = np.flatnonzero(np.diff(reads.session[order]) == 0)
    place, following = order[goes_on], order[goes_on + 1]
    inside = (reads.time[place] >= first) & (reads.time[place] < last)
    place, following = place[inside], following[inside]
    distinct = np.unique(reads.session[place])
    drawn = np.random.default_rng(seed).permutation(distinct)[:sessions]
    kept = np.isin(reads.session[place], drawn)
    return place[kept], following[kept]


def thinned(reads: Reads, share: float, seed: int) -> Reads:
    """Return the reads of a share of the sessions, drawn at random."""
    drawn = np.random.default_rng(seed).random(int(reads.session.max()) + 1) < share
    return reads.part(drawn[reads.session])


def asked(
    reads: Reads, place: Ints, now: Ints, n: int, given: argparse.Namespace
) -> Iterator[tuple[int, Ints, Ints]]:
    """Yield the number of each question and the best ten by both, in order of time."""
    popularity = DecayedReads(reads, given.half_life, np.zeros(n))
    co_reads, known, every = CoReads(), 0, given.every * MINUTE
    before = _seen(reads, place)
    for i in np.argsort(now, kind="stable").tolist():
        popularity.move(int(now[i]))
        learned = int(now[i]) // every * every if every else int(now[i])
        until = int(np.searchsorted(reads.time, learned, side="left"))
        part = reads.part(slice(known, until))
        co_reads.add(part.time, part.row, part.session)
        known = until
        read, sums = popularity.above()
        best, sums = top_k(sums, POPULAR)
        rows = read[best]
        shares = (rows, sums / popularity.sums.sum())
        by_views = rows[~np.isin(rows, before[i])][:K]
        row = int(reads.row[place[i]])
        yield i, by_views, co_reads.ranked(row, int(now[i]), K, before[i], shares)


def _seen(reads: Reads, place: Ints) -> list[list[int]]:
    """Return what each session had read up to each place, that read included."""
    wanted = set(np.unique(reads.session[place]).tolist())
    upto: dict[int, list[int]] = {}
    found: dict[int, list[int]] = {}
    for i, (session, row) in enumerate(
        zip(reads.session.tolist(), reads.row.tolist(), strict=True)
    ):
        if session in wanted:
            upto.setdefault(session, []).append(row)
            found[i] = list(upto[session])
    return [found[i] for i in place.tolist()]


def interval(gain: Floats, session: Ints, seed: int) -> tuple[float, float]:
    """Return the 95 % interval of a mean, by a bootstrap over sessions."""
    _, number = np.unique(session, return_inverse=True)
    sums = np.bincount(number, weights=gain)
    sizes = np.bincount(number)
    draw = np.random.default_rng(seed)
    means = []
    for _ in range(2000):
        chosen = draw.integers(0, sums.size, sums.size)
        means.append(sums[chosen].sum() / sizes[chosen].sum())
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def report(reads: Reads, n: int, given: argparse.Namespace) -> None:
    """Print hit@10 of both, at the moment of the list and at that of the next read."""
    first, last = (OCTOBER + day * DAY for day in (given.first - 1, given.last))
    place, following = steps(reads, first, last, given.sessions, given.seed)
    print(f"{place.size} questions of {np.unique(reads.session[place]).size} sessions")
    moments = {
        "known when the list is shown": reads.time[place] + 1,
        "known when the next article is opened": reads.time[following],
    }
    for name, now in moments.items():
        hits = np.zeros((place.size, 2))
        for i, by_views, by_both in asked(reads, place, now, n, given):
            target = reads.row[following[i]]
            hits[i] = target in by_views, target in by_both
        views, both = hits.mean(axis=0)
        low, high = interval(hits[:, 1] - hits[:, 0], reads.session[place], given.seed)
        print(
            f"{name}: hit@10 popularity {views:.4f}, with co-reads {both:.4f}, "
            f"difference {both - views:.4f} [{low:.4f}, {high:.4f}]"
        )


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("RECSYS_DATA"))
    parser.add_argument("--sessions", type=int, default=30_000)
    parser.add_argument("--first", type=int, default=2, help="day of October 2017, UTC")
    parser.add_argument("--last", type=int, default=5)
    parser.add_argument("--every", type=int, default=0)
    parser.add_argument("--thin", type=float, default=1.0)
    parser.add_argument("--half-life", type=float, default=10.0, help="of popularity, in minutes")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    reads, n = reads_of(given.data / "globo_clicks_2017_10" / "events.parquet")
    report(reads if given.thin >= 1 else thinned(reads, given.thin, given.seed), n, given)


if __name__ == "__main__":
    main()
