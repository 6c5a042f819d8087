"""No range of addresses can bring an article up by itself."""

FREE = 50
"""Views of an article that a range may count in an hour, whatever others read."""
SHARE = 5
"""Beyond that it may count one view to so many of others."""


def allowed(others: int) -> int:
    """Return how many views of an article a range of addresses may count in an hour.

    ``max(50, 20 % of the article's other views)``: the views in that hour of the UTC clock from
    outside of the range, those of other ranges that are held back included, so that the answer
    does not depend on the order in which views come.

    Parameters
    ----------
    others
        How many they are, at least 0.
    """
    return max(FREE, others // SHARE)
