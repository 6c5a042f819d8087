"""Who is compared: recipes and baselines by name, fit to be sent to another process."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from recsys.errors import RequestError
from recsys.evaluation.baselines import BASELINES
from recsys.evaluation.history import Ranker
from recsys.evaluation.recipes import ListName, RecipeRanker
from recsys.recipe import Recipe

LIST_OF_TASK: dict[str, ListName] = {"read_next_1h": "most_read", "read_next_3h": "most_read"}
"""Task -> the list of a recipe that answers it, where that is not ``related``."""


@dataclass(frozen=True)
class Contestant:
    """A ranker by name; ``recipe`` is None for a baseline."""

    name: str
    recipe: Recipe | None = None

    @property
    def kind(self) -> Literal["recipe", "baseline"]:
        """What it is."""
        return "baseline" if self.recipe is None else "recipe"

    def ranker(self, task: str) -> Ranker:
        """Return what answers a task's questions."""
        if self.recipe is None:
            return BASELINES[self.name]
        return RecipeRanker(self.recipe, LIST_OF_TASK.get(task, "related"))


def contestants(recipes: Sequence[Recipe], baselines: Sequence[str]) -> list[Contestant]:
    """Return recipes and baselines; `RequestError` if a name is unknown or comes twice."""
    for name in baselines:
        if name not in BASELINES:
            raise RequestError("baselines", f"must be among {', '.join(BASELINES)}")
    made = [*(Contestant(r.name, r) for r in recipes), *map(Contestant, baselines)]
    names = [each.name for each in made]
    for name in names:
        if names.count(name) > 1:
            raise RequestError("recipes", f"{name} comes twice; give the recipes different names")
    return made
