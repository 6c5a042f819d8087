"""Do intervals cover the truth? Logs and questions drawn anew 1,000 times from a simulation.

What is drawn are sessions (for comparisons) or lists (for replay), independently and with return;
what their readers do is drawn from the known chances. So the truth is the mean over all of them,
and known exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.evaluation.comparison import compare
from recsys.evaluation.dataset import Impressions
from recsys.evaluation.ips import Estimate, item_position, position_based
from recsys.evaluation.simulation.truth import Truth

K = 10
DRAWS = 2000
SIZES = (60, 300)
LISTS = (300, 3000)
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
Gains = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pair:
    """Two rankers' lists after each read of some sessions, and what may be read next.

    Attributes
    ----------
    session
        int64, shape (q,), ascending.
    gains
        float64, shape (2, q, m): what each ranker scores if candidate m is read next.
    ends
        float64, shape (q, m), ascending to 1: chances of the candidates, summed up.
    """

    session: Places
    gains: Gains
    ends: Floats

    @classmethod
    def of(cls, truth: Truth, places: Places, lists: Rows, gains: Floats) -> "Pair":
        """Return the pair of ``lists``, int32, shape (2, q, k), scored by ``gains`` (k,)."""
        places_by_session = np.argsort(truth.log.session[places], kind="stable")
        places, lists = places[places_by_session], lists[:, places_by_session]
        found = truth.next_read(places)
        may = found.chances.sum(axis=1) > 0
        scores = np.zeros((2, *found.rows.shape))
        for place, gain in enumerate(gains.tolist()):
            scores += gain * (found.rows[None] == lists[:, :, place : place + 1])
        scores *= found.rows >= 0
        session = truth.log.session[places].astype(np.int64)
        return cls(session[may], scores[:, may], np.cumsum(found.given_one[may], axis=1))

    @property
    def difference(self) -> float:
        """What is true: the expected difference, each question alike."""
        chances = np.diff(self.ends, axis=1, prepend=0.0)
        return float((chances * (self.gains[0] - self.gains[1])).sum(axis=1).mean())

    def drawn(self, n: int, rng: np.random.Generator, swap: bool) -> tuple[Floats, Floats, Places]:
        """Return scores and units of ``n`` sessions drawn with return, readers choosing anew.

        With ``swap`` a coin decides for each question whose list is whose, so that none is better.
        """
        starts = np.flatnonzero(np.diff(self.session, prepend=-1))
        ends = np.append(starts[1:], self.session.size)
        chosen = rng.integers(starts.size, size=n)
        sizes = ends[chosen] - starts[chosen]
        unit = np.repeat(np.arange(n), sizes)
        first = np.cumsum(sizes) - sizes
        question = starts[chosen][unit] + np.arange(unit.size) - first[unit]
        drawn = rng.random(unit.size)[:, None]
        read = np.minimum((self.ends[question] < drawn).sum(axis=1), self.ends.shape[1] - 1)
        a, b = self.gains[0][question, read], self.gains[1][question, read]
        if swap:
            coin = rng.random(unit.size) < 0.5
            a, b = np.where(coin, a, b), np.where(coin, b, a)
        return a, b, unit


def comparisons(truth: Truth, places: Places, seeds: int) -> None:
    """Print how often comparisons of two rankers on next reads are right."""
    print(f"\nComparisons over {seeds} seeds (93 to 97 % is what they promise)\n")
    rng = np.random.default_rng(1)
    for metric, gains in (("hit@10", np.ones(K)), ("nDCG@10", 1 / np.log2(np.arange(K) + 2.0))):
        noisy = np.stack([noise(truth, places, rng, 1.0), noise(truth, places, rng, 1.0)])
        equal = Pair.of(truth, places, noisy, gains)
        better = np.stack([noise(truth, places, rng, 0.3), noise(truth, places, rng, 1.0)])
        unequal = Pair.of(truth, places, better, gains)
        for size in SIZES:
            _compared(f"{metric}, {size} sessions", equal, unequal, size, seeds)


def replay(truth: Truth, seeds: int) -> None:
    """Print how often the estimates of other lists' clicks are right."""
    print(f"\nReplay over {seeds} seeds (93 to 97 % is what it promises)\n")
    for n in LISTS:
        _replayed(truth, n, seeds)


def noise(truth: Truth, places: Places, rng: np.random.Generator, scale: float) -> Rows:
    """Return int32, shape (q, k): what may be read next, by its chance disturbed on purpose.

    Scores are the logarithm of the chance and a normal deviate times ``scale``.
    """
    found = truth.next_read(places)
    chances = np.where(found.rows >= 0, found.chances, 0.0)
    scores = np.log(chances + 1e-12) + scale * rng.standard_normal(chances.shape)
    order = np.argsort(-scores, axis=1, kind="stable")
    rows = np.take_along_axis(found.rows, order, axis=1)
    lists = np.full((places.size, K), -1, dtype=np.int32)
    for i, line in enumerate(rows.tolist()):
        once = [row for row in dict.fromkeys(line) if row >= 0][:K]
        lists[i, : len(once)] = once
    return lists


def _compared(title: str, equal: Pair, unequal: Pair, n: int, seeds: int) -> None:
    """Print how often equal ones are within noise, and the interval covers a true difference."""
    within = covered = found_better = 0
    true = unequal.difference
    for seed in range(seeds):
        rng = np.random.default_rng([seed, 21])
        a, b, unit = equal.drawn(n, rng, swap=True)
        within += compare(a, b, unit, draws=DRAWS, seed=seed).verdict == "within noise"
        a, b, unit = unequal.drawn(n, rng, swap=False)
        found = compare(a, b, unit, draws=DRAWS, seed=seed)
        covered += found.low <= true <= found.high
        found_better += found.verdict == "better"
    print(
        f"  {title:24} equal recipes within noise {within / seeds:6.1%}   "
        f"true difference {true:+.4f} covered {covered / seeds:6.1%}, seen as better "
        f"{found_better / seeds:6.1%}",
        flush=True,
    )


def _replayed(truth: Truth, n: int, seeds: int) -> None:
    """Print how often replay intervals cover the clicks that new lists would have earned."""
    places = truth.log.list_place.astype(np.int64)
    pool = truth.pool(places)
    # The logged order, and what readers want most among the first eight: an engine's improvement.
    wanted = np.stack([truth.clicks(places, pool[:, [i]]) for i in range(8)], axis=1)
    best = np.argsort(-wanted, axis=1, kind="stable")[:, :5]
    policies = {
        "logged order": pool[:, :5],
        "the same, turned round": pool[:, 4::-1],
        "what is wanted most": np.take_along_axis(pool, best, axis=1),
    }
    length = truth.pages.list_length
    seen = truth.choice.examination(length)
    ways: dict[str, Callable[[Impressions, Rows], Estimate]] = {
        "ips": lambda log, new: item_position(log, new, "ips"),
        "snips": lambda log, new: item_position(log, new, "snips"),
        "clipped at 10": lambda log, new: item_position(log, new, "clipped"),
        "naive": lambda log, new: position_based(log, new, np.ones(length)),
    }
    truths = {name: float(truth.clicks(places, lists).mean()) for name, lists in policies.items()}
    hits = {(name, way): [0, 0, 0.0, 0.0] for name in policies for way in ways}
    for seed in range(seeds):
        rng = np.random.default_rng([seed, 22])
        drawn = rng.integers(places.size, size=n)
        logged = truth.shown_again(places[drawn], rng)
        for name, lists in policies.items():
            for way, estimate in ways.items():
                found, kept = estimate(logged, lists[drawn]), hits[name, way]
                kept[0] += int(found.low <= truths[name] <= found.high)
                kept[1] += int(not np.isnan(found.low))
                kept[2] += found.value - truths[name]
                kept[3] += np.nan_to_num(found.high - found.low)
    _by_place(truth, places, seen, n, seeds)
    for (name, way), (inside, there, bias, width) in hits.items():
        told = f"covered {inside / there:6.1%}" if there > seeds / 2 else "no interval   "
        print(
            f"  {n:4} lists, {name:23} {way:14} {told}   true {truths[name]:.3f}, bias "
            f"{bias / seeds:+.4f}, width {width / max(there, 1):.3f}",
            flush=True,
        )


def _by_place(truth: Truth, places: Places, seen: Floats, n: int, seeds: int) -> None:
    """Print the same for logged lists that are turned round, weighed by place."""
    inside, width, bias = 0, 0.0, 0.0
    # The truth is the mean over lists as they would be logged: the pool's first, or a random five.
    pool, pages = truth.pool(places), truth.pages
    plain = truth.clicks(places, pool[:, pages.list_length - 1 :: -1]).mean()
    one = np.mean([truth.clicks(places, pool[:, [i]]).mean() for i in range(pages.pool)])
    true = float((1 - pages.exploration) * plain + pages.exploration * one)
    for seed in range(seeds):
        rng = np.random.default_rng([seed, 23])
        drawn = places[rng.integers(places.size, size=n)]
        logged = truth.shown_again(drawn, rng)
        found = position_based(logged, logged.row.reshape(n, -1)[:, ::-1], seen)
        inside += found.low <= true <= found.high
        bias += found.value - true
        width += found.high - found.low
    print(
        f"  {n:4} lists, {'as logged, turned round':23} {'by place':14} covered "
        f"{inside / seeds:6.1%}   true {true:.3f}, bias {bias / seeds:+.4f}, width "
        f"{width / seeds:.3f}",
        flush=True,
    )
