"""Questions cut in time: the earlier ones to choose by, the later ones left untouched."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from recsys.errors import DataError
from recsys.evaluation.history import History
from recsys.evaluation.judged import Questions
from recsys.evaluation.split import Histories
from recsys.times import HOUR

HELD_OUT = 0.4
"""Share of the units that is left untouched unless told otherwise."""

REACH: Mapping[str, int] = {"read_next_1h": 1000 * HOUR, "read_next_3h": 3 * 1000 * HOUR}
"""Task -> milliseconds after a question in which the answer still comes about, where it does."""


@dataclass(frozen=True, eq=False)
class Cut:
    """The two parts of a task's questions.

    Attributes
    ----------
    moment
        Milliseconds since 1970: whatever is known or wanted in training lies before it.
    training
        The questions of the units that have ended before ``moment``, with all that they wanted.
    held_out
        Those of the units that begin at or after it.
    left_out
        How many units lie on both sides, and are in neither part.
    """

    moment: int
    training: Questions
    held_out: Questions
    left_out: int

    @classmethod
    def of(cls, questions: Questions, share: float = HELD_OUT) -> "Cut":
        """Cut so that about a ``share`` of the units, those that begin last, are held out.

        Raises
        ------
        ValueError
            If ``share`` is not between 0 and 1.
        DataError
            If one of the parts would be empty.
        """
        if not 0 < share < 1:
            raise ValueError(f"share must be between 0 and 1, got {share}")
        units, number = np.unique(questions.unit, return_inverse=True)
        number = number.reshape(-1)
        begin = np.full(units.size, np.iinfo(np.int64).max)
        end = np.full(units.size, np.iinfo(np.int64).min)
        np.minimum.at(begin, number, questions.now)
        np.maximum.at(end, number, questions.now + REACH.get(questions.task, 0))
        place = min(max(units.size - round(share * units.size), 1), units.size - 1)
        moment = int(np.sort(begin)[place]) if units.size > 1 else 0
        earlier, later = end < moment, begin >= moment
        if not (earlier.any() and later.any()):
            raise DataError(
                f"{questions.task}: {units.size} {questions.unit_name} cannot be cut in time into"
                " a part to tune on and a later one to report on"
            )
        return cls(
            moment,
            part(questions, earlier[number]),
            part(questions, later[number]),
            int((~earlier & ~later).sum()),
        )


def part(questions: Questions, where: npt.NDArray[np.bool_]) -> Questions:
    """Return some of the questions, in their order."""
    return replace(
        questions,
        queries=[questions.queries[i] for i in np.flatnonzero(where).tolist()],
        now=questions.now[where],
        wanted=questions.wanted[where],
        grades=questions.grades[where],
        unit=questions.unit[where],
        labels={name: parts[where] for name, parts in questions.labels.items()},
    )


@dataclass
class HistoriesBefore(Histories):
    """Histories that know of no text and no read at or after a moment, however they are asked.

    Each is kept, for the same questions are asked again and again.

    Parameters
    ----------
    moment
        Milliseconds since 1970.
    """

    moment: int = 0

    def __post_init__(self) -> None:
        """Begin with none."""
        self._kept: dict[int, History] = {}

    def until(self, moment: int | None) -> History:
        """Return what may be learned before ``moment`` and before the cut."""
        until = self.moment if moment is None else min(moment, self.moment)
        if until not in self._kept:
            self._kept[until] = History(
                self.dataset, until, until, self.seed, asked_until=self.moment
            )
        return self._kept[until]
