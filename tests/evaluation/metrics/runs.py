"""Runs made by hand over the small site."""

from recsys.evaluation.history import History, Query
from recsys.evaluation.metrics import Run
from tests.evaluation.metrics.answers import padded
from tests.evaluation.questions import asked
from tests.evaluation.small import site


def run(lists, questions=None, data=None, k=3, **more) -> Run:
    """Lists of rows beside questions; without questions all are asked for the whole site."""
    if questions is None:
        questions = asked(*((Query("default"), 10, []) for _ in lists))
    return Run(padded(lists, k), questions, History(site() if data is None else data), **more)
