"""Most read as a forecast, on a click log: ``python -m benchmarks.most_read --data DIR``.

At each full hour articles are ranked by what was read before it, and the list is held against the
ten that were in fact read most in the next hour and in the next three. The half-life is calibrated
at every midnight on the days before, as training does; nothing is set by hand. Next to it stands
the best single half-life in hindsight, found on the evaluated hours themselves. Then the points of
the traffic's rule in `recsys.signals.popularity` are measured again.

Needs ``globo_clicks_2017_10`` in the folder. The rule and the calibration were developed on 1 to 4
October with seeds 0 to 4; what is printed is 5 to 10 October with other seeds (``--developed``
prints the former).
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from benchmarks.results import Found, Row, Skipped
from benchmarks.scale import Scale
from recsys.calibration.half_life import calibrated_half_life
from recsys.data.views import ViewCounts
from recsys.signals.popularity import Popularity, fitted_half_life
from recsys.topk import top_k

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NAME = "most_read"
GRID: Floats = 5 * 2 ** (np.arange(29) / 4)  # minutes: 5 to 640
SHARES = (1.0, 0.1, 0.02, 0.005)
AHEAD = (1, 3)  # hours
WINDOW = 1440  # minutes
HOURS = 240
START = 1506816000  # 1 October 2017, in seconds since 1970
DEVELOPED, JUDGED = range(24, 96), range(96, 240)  # hours since then: 2-4 and 5-10 October
BLOCK = 6  # hours drawn together by the bootstrap
_WORTH = 2.0 ** (-np.arange(WINDOW)[:, None] / GRID)  # of a view, by age and half-life


@dataclass(frozen=True)
class Clicks:
    """Clicks in order of time, within the ten days.

    Attributes
    ----------
    row, minute, session
        int64, shape (n,): article, minute since the start, session; all from 0.
    """

    row: Ints
    minute: Ints
    session: Ints

    def thinned(self, share: float, by: str, seed: int) -> "Clicks":
        """Return the clicks of a share of the sessions, or a share of the clicks."""
        draw = np.random.default_rng(seed)
        if share == 1.0:
            return self
        if by == "session":
            kept = (draw.random(int(self.session.max()) + 1) < share)[self.session]
        else:
            kept = draw.random(self.session.size) < share
        return Clicks(self.row[kept], self.minute[kept], self.session[kept])


def read_clicks(data: Path) -> Clicks:
    """Read the log of ``globo_clicks_2017_10``."""
    import pyarrow.parquet as parquet

    path = data / "globo_clicks_2017_10" / "events.parquet"
    table = parquet.read_table(path, columns=["timestamp", "article_id", "session_id"])
    minute = (table["timestamp"].cast("int64").to_numpy() // 1000 - START) // 60
    inside = np.flatnonzero((minute >= 0) & (minute < HOURS * 60))
    inside = inside[np.argsort(minute[inside], kind="stable")]
    article, session = (
        table[name].combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
        for name in ("article_id", "session_id")
    )
    _, row = np.unique(article[inside], return_inverse=True)
    return Clicks(row, minute[inside], session[inside])


class Reads:
    """Clicks as counts per minute, and the true tens of every hour."""

    def __init__(self, clicks: Clicks, n_rows: int) -> None:
        pairs, counts = np.unique(clicks.minute * n_rows + clicks.row, return_counts=True)
        self.minute, self.row, self.count = pairs // n_rows, pairs % n_rows, counts
        columns = [column.astype(np.int32) for column in (self.row, self.minute, self.count)]
        self.views = ViewCounts.from_rows(n_rows, columns, [np.zeros(0, dtype=np.int32)] * 3)
        self.hourly: Floats = np.bincount(self.minute // 60, self.count, HOURS).astype(np.float64)
        self.tens = {
            (ahead, hour): ten(self.views.window(hour * 60, (hour + ahead) * 60 - 1))
            for ahead in AHEAD
            for hour in range(HOURS + 1 - ahead)
        }

    def by_half_life(self, hour: int) -> list[set[int]]:
        """Return the ten of highest decayed views before an hour, for each half-life of `GRID`."""
        known = slice(*np.searchsorted(self.minute, [hour * 60 - WINDOW, hour * 60]))
        rows, place = np.unique(self.row[known], return_inverse=True)
        age = hour * 60 - 1 - self.minute[known]
        seen = csr_array((self.count[known].astype(float), (place, age)), (rows.size, WINDOW))
        scores = seen @ _WORTH
        return [set(rows[list(ten(column))].tolist()) for column in scores.T]


def ten(scores: npt.NDArray[np.generic]) -> set[int]:
    """Return the ten rows that score highest, ties to the lower; fewer where fewer were read."""
    given = scores.astype(np.float32)
    return set(top_k(np.where(given > 0, given, np.nan).astype(np.float32), 10)[0].tolist())


@dataclass(frozen=True)
class Lists:
    """What each half-life ranks first at each hour.

    Attributes
    ----------
    tens
        For each hour those of `GRID`, the calibrated one, and the traffic's rule alone.
    half_lives
        float64, shape (n_hours,): calibrated, in minutes.
    """

    tens: list[list[set[int]]]
    half_lives: Floats


def ranked(reads: Reads, hours: range) -> Lists:
    """Rank before each of the hours; the calibrated list is the library's own."""
    tens, lives, factors = [], [], {}
    for hour in hours:
        day = hour // 24
        if day not in factors:  # a training at midnight
            learned = calibrated_half_life(reads.row, reads.minute, reads.count, day * 1440 - 1)
            factors[day] = learned.factor
        signals = [
            Popularity(WINDOW).fit(reads.views, hour * 60 - 1, factors=(factor,))
            for factor in (factors[day], 1.0)
        ]
        tens.append([*reads.by_half_life(hour), *(ten(signal.scores_) for signal in signals)])
        lives.append(signals[0].half_lives_[0])
    return Lists(tens, np.array(lives))


def overlap(lists: Sequence[Sequence[set[int]]], truth: Reads, hours: range, ahead: int) -> Floats:
    """Return float64, shape (n_lists, n_hours): share of the true ten that a list holds."""
    out = np.full((len(lists[0]), len(hours)), np.nan)
    for place, hour in enumerate(hours):
        if (ahead, hour) in truth.tens:
            true = truth.tens[ahead, hour]
            out[:, place] = [len(found & true) / 10 for found in lists[place]]
    return out


def difference(values: Floats, seed: int = 0, draws: int = 5000) -> tuple[float, float, float]:
    """Return the mean of hourly values and its 95 % interval, by bootstrap over blocks of hours."""
    blocks = values[: values.size // BLOCK * BLOCK].reshape(-1, BLOCK)
    sums, sizes = np.nansum(blocks, axis=1), (~np.isnan(blocks)).sum(axis=1)
    drawn = np.random.default_rng(seed).integers(0, len(sums), (draws, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(np.nanmean(values)), float(low), float(high)


def variants(clicks: Clicks, seeds: Sequence[int]) -> Iterator[tuple[str, float, list[Clicks]]]:
    """Yield how the log is thinned, to what share, and the logs that gives."""
    yield "whole", 1.0, [clicks]
    for by in ("session", "event"):
        for share in SHARES[1:]:
            yield by, share, [clicks.thinned(share, by, seed) for seed in seeds]


@dataclass(frozen=True)
class Forecast:
    """What a log's lists held of the true tens: means over its draws.

    Parameters
    ----------
    truth
        ``whole`` or ``thinned``: the log that the true tens are of.
    log
        How the log is thinned.
    rate
        Views an hour.
    ahead
        Hours.
    best_minutes, best
        The best single half-life in hindsight, and its overlap.
    rule
        Overlap of the traffic's rule alone.
    calibrated, minutes
        Overlap of the calibrated half-life, and its geometric mean.
    difference
        Calibrated less best, and its 95 % interval.
    """

    truth: str
    log: str
    rate: float
    ahead: int
    best_minutes: float
    best: float
    rule: float
    calibrated: float
    minutes: float
    difference: tuple[float, float, float]

    def __str__(self) -> str:
        """Return the line of the table."""
        start = f"{self.log:14}{self.rate:>7.0f}{self.ahead:>4} h"
        mean, low, high = self.difference
        return (
            f"{start}{self.best_minutes:>8.0f} min{self.best:>9.3f}{self.rule:>7.3f}"
            f"{self.calibrated:>12.3f}{self.minutes:>6.0f} min"
            f"   {mean:+.4f} [{low:+.4f}, {high:+.4f}]"
        )


def forecasts(clicks: Clicks, seeds: Sequence[int], hours: range = JUDGED) -> Iterator[Forecast]:
    """Yield how near the calibrated half-life comes to the best one in hindsight."""
    n_rows = int(clicks.row.max()) + 1
    whole = Reads(clicks, n_rows)
    for by, share, logs in variants(clicks, seeds):
        each = [Reads(log, n_rows) for log in logs]
        lists = [ranked(reads, hours) for reads in each]
        rate = np.mean([reads.hourly[list(hours)].mean() for reads in each])
        lives = np.exp(np.mean([np.log(found.half_lives) for found in lists]))
        for name, truths in (("whole", [whole] * len(each)), ("thinned", each)):
            for ahead in AHEAD:
                pairs = zip(lists, truths, strict=True)
                found = [overlap(own.tens, truth, hours, ahead) for own, truth in pairs]
                log = name, f"{by} {share:.1%}", float(rate), ahead
                yield _compared(log, found, float(lives))


_HEADING = (
    f"{'log':14}{'views/h':>7}{'ahead':>6}{'best single':>12}{'overlap':>9}{'rule':>7}"
    f"{'calibrated':>12}{'half-life':>10}   calibrated - best, 95 % interval"
)


def _compared(
    log: tuple[str, str, float, int], found: Sequence[Floats], half_life: float
) -> Forecast:
    """Return means over the draws of a log, each of which has its own best half-life."""
    means = [np.nanmean(each, axis=1) for each in found]
    best = [int(mean[:-2].argmax()) for mean in means]
    gaps = [each[-2] - each[place] for each, place in zip(found, best, strict=True)]
    single = float(np.exp(np.mean(np.log(GRID[best]))))
    top, ours, ruled = np.mean([[m[:-2].max(), m[-2], m[-1]] for m in means], axis=0).tolist()
    gap = difference(np.mean(gaps, axis=0))
    return Forecast(*log, single, top, ruled, ours, half_life, gap)


def rows(scale: Scale) -> Iterator[Found]:
    """Yield the overlaps of every log with the tens of the whole one; in full only."""
    if scale.data is None or not (scale.data / "globo_clicks_2017_10").is_dir():
        yield Skipped(NAME, "all of it", "no globo_clicks_2017_10 in the folder of RECSYS_DATA")
        return
    if not scale.full:
        yield Skipped(NAME, "all of it", "it takes minutes: make bench-full")
        return
    clicks = read_clicks(scale.data)
    scale.tell(f"{NAME}: {clicks.row.size:,} clicks")
    for each in forecasts(clicks, range(100, 102)):
        if each.truth != "whole":
            continue
        what, note = f"log {each.log}, {each.ahead} h ahead", f"{each.rate:,.0f} views an hour"
        named = {"calibrated": each.calibrated, "rule alone": each.rule, "best single": each.best}
        for who, value in named.items():
            row = NAME, what, who, int(clicks.row.max()) + 1, "overlap@10"
            yield Row(*row, [value], better="higher", computed=True, note=note)


def show(found: Sequence[Forecast]) -> None:
    """Print a table of the tens of the whole log, and one of the thinned."""
    for name in ("whole", "thinned"):
        lines = [each for each in found if each.truth == name]
        print(f"\nTrue tens of the {name} log\n{_HEADING}", *lines, sep="\n")


def points(clicks: Clicks, seeds: Sequence[int]) -> None:
    """Print the half-life that suits each traffic on the first four days.

    It is the geometric mean of all that come within 0.005 of the best overlap, averaged over the
    next hour's ten and the next three hours': the optimum is flat.
    """
    n_rows = int(clicks.row.max()) + 1
    whole, hours = Reads(clicks, n_rows), range(6, 96)
    print(f"{'views/h':>8}{'half-life':>14}{'rule':>8}   within 0.005 of the best")
    for share in (*SHARES, 0.001):
        ways = [(by, seed) for by in ("session", "event") for seed in seeds]
        logs = [
            Reads(clicks.thinned(share, *way), n_rows) for way in (ways if share < 1 else ways[:1])
        ]
        mean = np.mean([_mean_overlaps(reads, whole, hours) for reads in logs], axis=0)
        near = GRID[mean >= mean.max() - 0.005]
        rate = float(np.mean([reads.hourly[list(hours)].mean() for reads in logs]))
        print(
            f"{rate:>8.0f}{np.exp(np.log(near).mean()):>10.0f} min{fitted_half_life(rate):>8.0f}"
            f"   {near.min():.0f} to {near.max():.0f} min"
        )


def _mean_overlaps(reads: Reads, truth: Reads, hours: range) -> Floats:
    """Return float64, shape of `GRID`: over the hours and both horizons."""
    lists = [reads.by_half_life(hour) for hour in hours]
    found = [np.nanmean(overlap(lists, truth, hours, ahead), axis=1) for ahead in AHEAD]
    return np.asarray(np.mean(found, axis=0))


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("RECSYS_DATA"))
    parser.add_argument("--seeds", type=int, default=2, help="logs of each thinning")
    parser.add_argument("--developed", action="store_true", help="2 to 4 October, seeds 0 on")
    given = parser.parse_args()
    if given.data is None or not (given.data / "globo_clicks_2017_10").is_dir():
        print("most read: skipped, no globo_clicks_2017_10 below --data or RECSYS_DATA")
        return 0
    started = time.perf_counter()
    clicks = read_clicks(given.data)
    print(f"{clicks.row.size:,} clicks read in {time.perf_counter() - started:.0f} s")
    hours, first = (DEVELOPED, 0) if given.developed else (JUDGED, 100)
    show(list(forecasts(clicks, range(first, first + given.seeds), hours)))
    print("\nThe traffic's rule, measured again on 1 to 4 October")
    points(clicks, range(given.seeds))
    print(f"\n{time.perf_counter() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
