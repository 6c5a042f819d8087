"""One evaluation from a data set to a document: every ranker, every task, every comparison."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from recsys.errors import DataError
from recsys.evaluation.contestants import Contestant
from recsys.evaluation.dataset import Dataset, Rows
from recsys.evaluation.judged import Questions
from recsys.evaluation.recipes import Served
from recsys.evaluation.runner import Answers, answers
from recsys.evaluation.split import Histories, Split
from recsys.evaluation.tasks import forecast, judgements, next_read, replay

Progress = Callable[[str, int, int], None]
TASKS = ("judgements", "next_read", "read_next_1h", "read_next_3h", "replay")
TITLES: Mapping[str, str] = {
    "judgements": "Which articles belong to this one?",
    "next_read": "What does the reader open next?",
    "read_next_1h": "What is most read in the next hour?",
    "read_next_3h": "What is most read in the next three hours?",
    "replay": "Would what was clicked stand further up?",
}


@dataclass(frozen=True)
class Plan:
    """How an evaluation is made.

    Parameters
    ----------
    split
        What may be learned before what is asked.
    tasks
        Which tasks, of `TASKS`; empty takes all that the data allow.
    k
        Length of the lists, at least 1.
    seed
        Of every draw.
    first, last
        Milliseconds since 1970: reads asked about lie in [first, last). None for ``first`` is the
        time of the middle read, so that there is a past to learn from.
    sessions, lists
        How many sessions and logged lists are drawn at most; None takes all.
    when_opened
        As in `recsys.evaluation.tasks.next_read.questions`.
    jobs
        Processes, -1 for all cores. The figures do not depend on it.
    """

    split: Split = field(default_factory=Split)
    tasks: tuple[str, ...] = ()
    k: int = 10
    seed: int = 0
    first: int | None = None
    last: int | None = None
    sessions: int | None = next_read.SESSIONS
    lists: int | None = replay.LISTS
    when_opened: bool = False
    jobs: int = 1


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a recipe knows of the articles, lent to measure every ranker's lists alike.

    Attributes
    ----------
    leaders
        int32, shape (n,): first article of each article's story, as rows of the data set.
    texts
        float32, shape (n, n_terms): the articles' vectors.
    """

    leaders: Rows
    texts: csr_array

    def pairwise(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Return float64, shape (m, m): how alike articles are."""
        few = self.texts[rows].astype(np.float64)
        return np.asarray((few @ few.T).toarray())


@dataclass(frozen=True, eq=False)
class Study:
    """What was asked and answered.

    Attributes
    ----------
    dataset, plan, contestants
        What it was made of.
    questions
        One a task.
    given
        For each task the answers of each contestant, by name.
    evidence
        Of the first recipe, where there is one.
    """

    dataset: Dataset
    plan: Plan
    contestants: Sequence[Contestant]
    questions: Sequence[Questions]
    given: Sequence[Mapping[str, Answers]]
    evidence: Evidence | None


def run(
    dataset: Dataset,
    contestants: Sequence[Contestant],
    plan: Plan,
    progress: Progress | None = None,
) -> Study:
    """Ask every contestant every question.

    Raises
    ------
    DataError
        If the data allow none of the tasks.
    RankerError
        If a contestant lists what may not be listed.
    """
    asked = [questions for questions in posed(dataset, plan) if len(questions)]
    if not asked:
        raise DataError(
            f"{dataset.name}: there is nothing to ask: it needs judgements (or inline_links),"
            " sessions, or reads over more than an hour, in the time asked about"
        )
    tell = progress or (lambda stage, done, total: None)
    lender = next((each for each in contestants if each.recipe is not None), None)
    results: dict[str, list[Answers]] = {}
    evidence = None
    tell("rankers", 0, len(contestants))
    for name, found, lent in _results(dataset, contestants, asked, plan, lender):
        results[name], evidence = found, lent or evidence
        tell("rankers", len(results), len(contestants))
    given = [
        {each.name: results[each.name][place] for each in contestants}
        for place in range(len(asked))
    ]
    return Study(dataset, plan, contestants, asked, given, evidence)


def posed(dataset: Dataset, plan: Plan) -> Iterator[Questions]:
    """Yield the questions of each task that is wanted and that the data allow."""
    reads = dataset.reads
    middle, end = (int(reads.time[i]) for i in (len(reads) // 2, -1)) if len(reads) else (0, -1)
    first = middle if plan.first is None else plan.first
    last = end + 1 if plan.last is None else plan.last
    makers: dict[str, Callable[[], Questions]] = {
        "judgements": lambda: judgements.questions(dataset),
        "next_read": lambda: next_read.questions(
            dataset, first, last, plan.sessions, plan.seed, plan.when_opened
        ),
        "read_next_1h": lambda: forecast.questions(dataset, first, last, 1),
        "read_next_3h": lambda: forecast.questions(dataset, first, last, 3),
        "replay": lambda: replay.questions(dataset, plan.lists, plan.seed),
    }
    for name in plan.tasks or TASKS:
        yield makers[name]()


def _results(
    dataset: Dataset,
    contestants: Sequence[Contestant],
    asked: Sequence[Questions],
    plan: Plan,
    lender: Contestant | None,
) -> Iterator[tuple[str, list[Answers], Evidence | None]]:
    """Yield each contestant's name, its answers to every task and what it lends, as they come."""
    from joblib import Parallel, delayed

    jobs = min(plan.jobs, len(contestants)) if plan.jobs > 0 else plan.jobs
    tasks = (delayed(_answered)(dataset, each, asked, plan, each is lender) for each in contestants)
    yield from Parallel(n_jobs=jobs, return_as="generator_unordered", max_nbytes="1M")(tasks)


def _answered(
    dataset: Dataset, one: Contestant, asked: Sequence[Questions], plan: Plan, lends: bool
) -> tuple[str, list[Answers], Evidence | None]:
    histories = Histories(dataset, plan.seed)
    found = [
        answers(histories, questions, one.ranker(questions.task), plan.split, plan.k, name=one.name)
        for questions in asked
    ]
    return one.name, found, _evidence(histories, one) if lends else None


def _evidence(histories: Histories, one: Contestant) -> Evidence | None:
    """Return what the recipe knows of every article, in the rows of the data set."""
    if one.recipe is None or histories.last is None:
        return None
    return Evidence(*Served.of(histories.last, one.recipe).evidence())
