"""Better parameters for a recipe, found on earlier questions and judged on later ones.

Whoever chooses the best of many sees a gain that is partly luck. So the trials are asked the
earlier part of a task's questions and know nothing of the rest, and only the best of them is then
asked the later part, once, beside the recipe itself. It wins if it is better there by more than
noise; otherwise the recipe stays.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isinf
from types import ModuleType
from typing import Any, Literal

import numpy as np

from recsys.errors import DataError, RecsysError
from recsys.evaluation.comparison import Difference, compare, intervals
from recsys.evaluation.contestants import LIST_OF_TASK
from recsys.evaluation.dataset import Dataset, Floats
from recsys.evaluation.document import Document, comparison, figure
from recsys.evaluation.held_out import HELD_OUT, Cut, HistoriesBefore
from recsys.evaluation.history import History
from recsys.evaluation.judged import Questions
from recsys.evaluation.metrics import Run, measure, named
from recsys.evaluation.recipes import RecipeRanker, learned_by
from recsys.evaluation.runner import answers
from recsys.evaluation.space import Choices, Range, Space
from recsys.evaluation.split import Histories
from recsys.evaluation.study import Plan, Progress, posed
from recsys.recipe import Recipe
from recsys.times import format_instant

TRIALS = 50
_KEPT = 2  # states of training that are kept for trials that learn the same


@dataclass(frozen=True, eq=False)
class Trial:
    """A recipe that was tried.

    Attributes
    ----------
    number
        0 for the recipe itself.
    parameters
        ``table.parameter`` -> value, of those that are searched.
    recipe
        The recipe with these.
    values
        float64, shape (n,): the primary metric of each question of the training part.
    """

    number: int
    parameters: Mapping[str, Any]
    recipe: Recipe
    values: Floats = field(repr=False)

    @property
    def mean(self) -> float:
        """The mean over the questions."""
        return float(np.round(np.nanmean(self.values), 9))


@dataclass(frozen=True, eq=False)
class Tuned:
    """What was tried, what was best in training, and what that is worth.

    Attributes
    ----------
    plan, cut
        How it was asked, and what.
    metric
        The one that decides.
    trials
        In their order, the recipe itself first.
    interrupted
        Whether somebody had no more patience.
    best
        The trial with the best mean in training, the first of several.
    held_out
        The values of the recipe and of the best on the part that no trial saw.
    difference
        The best against the recipe there; None if the recipe itself was best.
    """

    plan: Plan
    cut: Cut
    metric: str
    trials: tuple[Trial, ...]
    interrupted: bool
    best: Trial
    held_out: tuple[Floats, Floats]
    difference: Difference | None

    @property
    def recipe(self) -> Recipe:
        """What was to be improved."""
        return self.trials[0].recipe

    @property
    def winner(self) -> Recipe | None:
        """The best recipe, if it is better than the given one by more than noise."""
        won = self.difference is not None and self.difference.verdict == "better"
        return self.best.recipe if won else None

    def document(self) -> Document:
        """Return what ``recsys tune --json`` prints; NaN and infinity never appear."""
        cut, unit = self.cut, self.cut.training.unit_name
        given, best = self._figures()
        return {
            "task": cut.training.task,
            "metric": self.metric,
            "recipe": {"name": self.recipe.name, "parameters": _plain(self.trials[0]), **given},
            "best": {"trial": self.best.number, "parameters": _plain(self.best), **best},
            "training": _described(cut.training),
            "held_out": _described(cut.held_out),
            "cut": format_instant(cut.moment // 1000),
            "unit": unit,
            "units_left_out": cut.left_out,
            "split": self.plan.split.described(),
            "seed": self.plan.seed,
            "trials": len(self.trials),
            "interrupted": self.interrupted,
            "comparison": None
            if self.difference is None
            else comparison(
                self._name_of_best, self.recipe.name, self.metric, self.difference, unit
            ),
            "winner": None if self.winner is None else _plain(self.best),
            "sentence": self.sentence(),
            "tried": [
                {"parameters": _plain(each), "mean": round(each.mean, 6)} for each in self.trials
            ],
        }

    def sentence(self) -> str:
        """Return in words who wins, or why nobody does."""
        name, n = self.recipe.name, len(self.trials)
        if self.difference is None:
            return f"Keep {name}: none of {n} trials was better than it in training."
        told: str = comparison(
            self._name_of_best, name, self.metric, self.difference, self.cut.training.unit_name
        )["sentence"]
        if self.winner is not None:
            return told
        noise = self.difference.verdict == "within noise"
        return f"Keep {name}: {'within noise' if noise else 'the gain in training is gone'}. {told}"

    @property
    def _name_of_best(self) -> str:
        return f"trial {self.best.number}"

    def _figures(self) -> tuple[Document, Document]:
        """Return the figures of the recipe and of the best, in training and held out."""
        seed = self.plan.seed
        training = np.stack([self.trials[0].values, self.best.values])
        parts = (training, self.cut.training), (np.stack(self.held_out), self.cut.held_out)
        found = [intervals(table, asked.unit, seed=seed) for table, asked in parts]
        given, best = (
            {"training": figure(found[0][i]), "held_out": figure(found[1][i])} for i in (0, 1)
        )
        return given, best


def tune(
    dataset: Dataset,
    recipe: Recipe,
    plan: Plan,
    trials: int = TRIALS,
    share: float = HELD_OUT,
    progress: Progress | None = None,
) -> Tuned:
    """Search a recipe's ``[search]`` for better parameters.

    Parameters
    ----------
    dataset
        What there is; questions are cut in time, and no trial knows a text or a read of the later
        part.
    plan
        Its first task that the data allow is the one that decides.
    trials
        How many recipes are tried, the given one among them, at least 2. An interruption
        (`KeyboardInterrupt`) ends the search, and what was found so far is judged.
    share
        Of the units, in the part that no trial sees.
    progress
        Told after each trial.

    Raises
    ------
    RecipeError
        If there is nothing to search, or what there is to search makes no sense.
    DataError
        If there is nothing to ask, or too little to be cut.
    RecsysError
        If Optuna is not installed.
    """
    if trials < 2:
        raise ValueError(f"trials must be at least 2, got {trials}")
    space = Space.of(recipe)
    asked = next((each for each in posed(dataset, plan) if len(each)), None)
    if asked is None:
        raise DataError(f"{dataset.name}: there is nothing to ask in the time asked about")
    cut = Cut.of(asked, share)
    better = named(asked.primary)[0].better or "higher"
    trying = _tried(space, _Training(dataset, plan, cut), trials, plan.seed, better)
    tried, interrupted = _until_interrupted(trying, trials, progress)
    sign = 1 if better == "higher" else -1
    best = max(tried, key=lambda trial: sign * trial.mean)
    histories = Histories(dataset, plan.seed)
    given = _values(histories, cut.held_out, recipe, plan)
    if best.number == 0:
        return Tuned(plan, cut, asked.primary, tuple(tried), interrupted, best, (given,) * 2, None)
    own = _values(histories, cut.held_out, best.recipe, plan)
    found = compare(own, given, cut.held_out.unit, seed=plan.seed, better=better)
    return Tuned(plan, cut, asked.primary, tuple(tried), interrupted, best, (given, own), found)


def _until_interrupted(
    trying: Iterator[Trial], trials: int, progress: Progress | None
) -> tuple[list[Trial], bool]:
    """Return the trials, and whether they ended early; without any, the interruption goes on."""
    tell = progress or (lambda stage, done, total: None)
    tried: list[Trial] = []
    try:
        tell("trials", 0, trials)
        for trial in trying:
            tried.append(trial)
            tell("trials", len(tried), trials)
    except KeyboardInterrupt:
        if not tried:
            raise
        return tried, True
    return tried, False


@dataclass
class _Training:
    """Asks the training part; what recipes learn alike is learned once."""

    dataset: Dataset
    plan: Plan
    cut: Cut
    _kept: dict[str, HistoriesBefore] = field(default_factory=dict)

    def values(self, recipe: Recipe) -> Floats:
        """Return float64, shape (n,): the primary metric of each question."""
        learned = learned_by(recipe)
        histories = self._kept.pop(learned, None)
        if histories is None:
            moment = self.cut.moment
            histories = HistoriesBefore(self.dataset, self.plan.seed, moment=moment)
        self._kept[learned] = histories  # the latest stands last
        for oldest in list(self._kept)[:-_KEPT]:
            del self._kept[oldest]
        return _values(histories, self.cut.training, recipe, self.plan)


def _values(histories: Histories, questions: Questions, recipe: Recipe, plan: Plan) -> Floats:
    ranker = RecipeRanker(recipe, LIST_OF_TASK.get(questions.task, "related"), plan.jobs)
    given = answers(histories, questions, ranker, plan.split, plan.k, name=recipe.name)
    return measure(questions.primary, Run(given.lists, questions, History(histories.dataset)))


def _tried(
    space: Space, training: _Training, trials: int, seed: int, better: Literal["higher", "lower"]
) -> Iterator[Trial]:
    """Yield the recipe itself, and then what the sampler suggests by what came of it so far."""
    optuna = _optuna()
    kinds = {name: _distribution(each) for name, each in space.parameters.items()}
    study = _study(optuna, seed, "maximize" if better == "higher" else "minimize")
    first = Trial(0, space.own(), space.recipe, training.values(space.recipe))
    yield first
    if space.holds(first.parameters):
        known = {"params": dict(first.parameters), "distributions": kinds}
        study.add_trial(optuna.trial.create_trial(value=first.mean, **known))
    values = {repr(first.parameters): first.values}
    for number in range(1, trials):
        suggested = study.ask(kinds)
        parameters = space.settled(suggested.params)
        recipe, key = space.with_values(parameters), repr(parameters)
        if key not in values:
            values[key] = training.values(recipe)
        trial = Trial(number, parameters, recipe, values[key])
        study.tell(suggested, trial.mean)
        yield trial


def _optuna() -> ModuleType:
    """Return Optuna; `RecsysError` naming the extra that brings it, if it is not installed."""
    try:
        import optuna
    except ImportError:
        raise RecsysError("recsys tune needs Optuna: pip install 'recsys-news[tune]'") from None
    return optuna


def check_installed() -> None:
    """Refuse to begin what cannot be done; `RecsysError` as in `tune`."""
    _optuna()


def _study(optuna: Any, seed: int, direction: str) -> Any:
    """Return a study in memory that says nothing on stderr."""
    loud = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        sampler = optuna.samplers.TPESampler(seed=seed)
        return optuna.create_study(direction=direction, sampler=sampler)
    finally:
        optuna.logging.set_verbosity(loud)


def _distribution(what: Range | Choices) -> Any:
    kinds = _optuna().distributions
    if isinstance(what, Choices):
        return kinds.CategoricalDistribution(what.choices)
    if what.whole:
        low, high, step = int(what.low), int(what.highest), int(what.step or 1)
        return kinds.IntDistribution(low, high, what.log, step)
    return kinds.FloatDistribution(what.low, what.highest, what.log, what.step)


def _described(questions: Questions) -> Document:
    return {"questions": len(questions), "units": int(np.unique(questions.unit).size)}


def _plain(trial: Trial) -> Document:
    """Return parameters as JSON has them: what is fitted is null, what is infinite a word."""
    return {
        name: str(value) if isinstance(value, float) and isinf(value) else value
        for name, value in trial.parameters.items()
    }
