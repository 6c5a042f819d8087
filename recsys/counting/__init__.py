"""Which events count: one file a rule, asked in the order of the table; the first that drops wins.

`recsys.settings.RULES` names the same rules in the same order. The last one, concentration, does
not judge single events: what a range may count grows with what others read, so the store asks it
at the end of every batch.
"""

from collections.abc import Callable, Mapping, Sequence

from recsys.counting import (
    bots,
    future,
    half_hour,
    own_lists,
    prefetch,
    repeated,
    staff,
    too_old,
    unknown_article,
)
from recsys.counting.base import Arrival, Books, Rule
from recsys.counting.rate_limit import RateLimit
from recsys.settings import Settings

RULES: Mapping[str, Callable[[Settings], Rule]] = {
    "bots": bots.Bots,
    "prefetch": prefetch.Prefetch,
    "staff": staff.Staff,
    "future": future.Future,
    "too_old": too_old.TooOld,
    "rate_limit": RateLimit,
    "repeated": repeated.Repeated,
    "unknown_article": unknown_article.UnknownArticle,
    "own_lists": own_lists.OwnLists,
    "half_hour": half_hour.HalfHour,
}
CONCENTRATION = "concentration"
_OF_IMPORTS = ("repeated", "own_lists", "half_hour")  # the others believe what is imported


class Rules:
    """The rules that the settings ask for, in their order; may remember what came before."""

    def __init__(self, settings: Settings) -> None:
        wanted = settings.counting.rules
        self._rules = [(name, kind(settings)) for name, kind in RULES.items() if name in wanted]
        self._of_imports = [pair for pair in self._rules if pair[0] in _OF_IMPORTS]
        self._places = {name: place + 1 for place, (name, _) in enumerate(self._rules)}
        self.limits_ranges = CONCENTRATION in wanted

    def first_that_drops(self, arrival: Arrival, books: Books, after: str = "") -> str | None:
        """Return the name of the rule by which an event does not count; None if it counts.

        Of an event that was judged before, only the rules ``after`` the one that dropped it are
        asked.
        """
        rules = self._of_imports if arrival.imported else self._rules
        for name, rule in rules[self._places[after] :] if after else rules:
            if rule.drops(arrival, books):
                return name
        return None


def names() -> Sequence[str]:
    """Return the names of all rules, in their order."""
    return (*RULES, CONCENTRATION)
