"""When lists change though nothing happens."""

from bisect import bisect_left

from recsys.snapshot import Snapshot
from recsys.times import MINUTE


def next_change(snapshot: Snapshot, now: int) -> int:
    """Return the first second after ``now`` in which a list of the snapshot may be another one.

    Views, windows and ages count in whole minutes; besides, an article appears in the second it
    is published in, and what editors decided ends in the second they said. Only for a query with
    ``max_age`` any second may be one. `RecommendationList.generated_at` moves with the clock, and
    ``data_until`` as long as what it names lies ahead.

    Parameters
    ----------
    now
        In seconds since 1970.
    """
    instants = [(now // MINUTE + 1) * MINUTE]
    order, published = snapshot.latest_order, snapshot.corpus.published
    n_coming = bisect_left(range(order.size), -now, key=lambda place: -int(published[order[place]]))
    if n_coming:
        instants.append(int(published[order[n_coming - 1]]))
    end = snapshot.overrides.next_end(now)
    if end is not None:
        instants.append(end)
    return min(instants)
