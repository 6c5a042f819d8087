"""The simulated newsroom, where the truth is known: ``python -m benchmarks.simulation``.

Five parts, each by its name or all of them: ``blend`` (text and popularity on next reads, against
each alone), ``co_reading`` (how much of it), ``worse`` (a recipe that was made worse on purpose),
``comparisons`` and ``replay`` (do intervals cover the truth, over 1,000 seeds?). Simulation: nobody
ever read any of it.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.calibration import comparisons, replay
from benchmarks.mixed import Mixed
from recsys.evaluation.baselines import BASELINES
from recsys.evaluation.comparison import compare, interval, settled
from recsys.evaluation.history import Ranker
from recsys.evaluation.judged import Questions
from recsys.evaluation.recipes import RecipeRanker
from recsys.evaluation.runner import answers
from recsys.evaluation.simulation import Simulation, simulation
from recsys.evaluation.split import Histories, Split
from recsys.evaluation.tasks import next_read
from recsys.recipe import Recipe
from recsys.times import DAY

PARTS = ("blend", "co_reading", "worse", "comparisons", "replay")
K = 10
LENGTH = 5  # of the lists that the simulation shows
SEED = 11
_GAINS = 1.0 / np.log2(np.arange(K) + 2.0)
_ALONE: dict[str, Any] = {"blend": {"freshness": 0.0, "popularity": 0.0}}
_EXPONENTS = (0.1, 0.3, 1.0, 2.0, 4.0)
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Asked:
    """A simulation, what is asked of it, and where its reads stand.

    Attributes
    ----------
    places
        int64, shape (n,): the read after which each question is asked.
    """

    made: Simulation
    questions: Questions
    places: npt.NDArray[np.int64]


def main() -> int:
    """Run the parts that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", default=PARTS)
    parser.add_argument("--sessions", type=int, default=800, help="sessions asked about")
    parser.add_argument("--seeds", type=int, default=1000, help="of comparisons and replay")
    given = parser.parse_args()
    begun = time.perf_counter()
    made = simulation(SEED)
    dataset = made.dataset
    print(
        f"{dataset.notes[0]} {len(dataset)} articles, {len(dataset.reads)} reads, "
        f"{dataset.impressions.n_lists} lists, made in {time.perf_counter() - begun:.0f} s"
    )
    asked = ask(made, given.sessions)
    if "blend" in given.part:
        table("Next read: text, popularity and both", asked, blends())
    if "co_reading" in given.part:
        table("Next read: how much co-reading", asked, co_reading())
    if "worse" in given.part:
        table("A recipe made worse on purpose", asked, worse())
    if "comparisons" in given.part:
        comparisons(made.truth, asked.places, given.seeds)
    if "replay" in given.part:
        replay(made.truth, given.seeds)
    return 0


def ask(made: Simulation, sessions: int) -> Asked:
    """Ask about sessions of the second half of the days."""
    dataset = made.dataset
    first = (made.truth.start + 7 * DAY) * 1000
    last = int(dataset.reads.time[-1]) + 1
    questions = next_read.questions(dataset, first, last, sessions)
    reads = dataset.reads
    of_read = {(int(reads.time[i]), int(reads.session[i])): i for i in range(len(reads))}
    keys = zip((questions.now - 1).tolist(), questions.unit.tolist(), strict=True)
    return Asked(made, questions, np.array([of_read[key] for key in keys], dtype=np.int64))


def recipe(**tables: Mapping[str, Any]) -> Ranker:
    """Return the related list of a recipe; what is not named has the engine's defaults."""
    return RecipeRanker(Recipe("simulation", tables))


def blends() -> dict[str, Ranker]:
    """Return what is compared: the first two are each signal alone."""
    fading = {"flat_days": 0.0, "half_life_days": 1.0, "floor": 0.1}
    rankers: dict[str, Ranker] = {
        "similarity alone": recipe(**_ALONE),
        "popularity alone": RecipeRanker(Recipe("simulation", {}), "most_read"),
        "newest": BASELINES["newest"],
        "co-read baseline": BASELINES["co_read"],
        "similarity, freshness": recipe(blend={"popularity": 0.0}),
        "similarity, fading in a day": recipe(blend={"popularity": 0.0}, freshness=fading),
    }
    for exponent in _EXPONENTS:
        blend = {"freshness": 0.0, "popularity": exponent}
        rankers[f"similarity, popularity {exponent:g}"] = recipe(blend=blend)
    for exponent in (0.1, 1.0):
        blend = {"freshness": 1.0, "popularity": exponent}
        rankers[f"all three, popularity {exponent:g}"] = recipe(blend=blend)
    return rankers


def co_reading() -> dict[str, Ranker]:
    """Return text and popularity, with more and more co-reading in place of the text."""
    weights = (0.0, 1.0, 0.1, 0.3, 0.5, 0.7, 0.9)
    return {f"co-reading {weight:g}, popularity 1": Mixed(weight, 1.0) for weight in weights}


def worse() -> dict[str, Ranker]:
    """Return the default, and recipes that know less than it does."""
    nothing = {"title": 0.0, "summary": 0.0, "body": 0.0, "tags": 0.0, "section": 1.0}
    return {
        "default": recipe(),
        "no idea of the text but its section": recipe(vectoriser=nothing),
        "title only": recipe(vectoriser={**nothing, "title": 1.0, "section": 0.0}),
        "newest first among the similar": recipe(
            freshness={"flat_days": 0.0, "half_life_days": 0.05, "floor": 0.0}
        ),
    }


def table(title: str, asked: Asked, rankers: Mapping[str, Ranker]) -> None:
    """Print what each ranker scores, what is true of it, and how it differs from the first two.

    The true hit@10 and nDCG@10 are expectations over what the same readers might do, with the
    lists that were shown. The true clicks are those that the first five of each ranker would have
    earned, had they been shown beside the article instead.
    """
    questions, n = asked.questions, len(asked.questions)
    print(f"\n{title}\n  {n} questions of {np.unique(questions.unit).size} sessions, prequential\n")
    columns = f"{'hit@10, 95 %':>23}{'true':>8}{'nDCG@10':>9}{'true':>7}{'true clicks':>13}{'s':>5}"
    print(f"  {'':38}{columns}")
    truth = asked.made.truth.next_read(asked.places)
    scores: dict[str, tuple[Floats, Floats]] = {}
    for name, ranker in rankers.items():
        found = answers(Histories(asked.made.dataset), questions, ranker, Split(), K, name=name)
        gains = found.judged(questions).gains
        clicks = asked.made.truth.clicks(asked.places, found.lists[:, :LENGTH])
        scores[name] = gains.sum(axis=1), clicks
        own = interval(scores[name][0], questions.unit, draws=2000)
        true = [truth.earned(found.lists, worth).mean() for worth in (np.ones(K), _GAINS)]
        print(
            f"  {name:38}{own.mean:.3f} [{own.low:.3f}, {own.high:.3f}]{true[0]:>8.3f}"
            f"{(gains @ _GAINS).mean():>9.3f}{true[1]:>7.3f}{clicks.mean():>13.3f}"
            f"{found.seconds:>5.0f}",
            flush=True,
        )
    for base in list(scores)[:2]:
        against(base, scores, questions)


def against(base: str, scores: Mapping[str, tuple[Floats, Floats]], questions: Questions) -> None:
    """Print how each differs from one, paired by session, p corrected for their number."""
    others = [name for name in scores if name != base]
    print(f"\n  less {base:33}{'hit@10':>10}{'true clicks':>47}")
    columns = [
        settled([compare(scores[n][i], scores[base][i], questions.unit) for n in others])
        for i in (0, 1)
    ]
    for name, *found in zip(others, *columns, strict=True):
        told = [f"{d.mean:+.4f} [{d.low:+.4f}, {d.high:+.4f}] {d.verdict:14}" for d in found]
        print(f"  {name:38}{'  '.join(told)}")


if __name__ == "__main__":
    sys.exit(main())
