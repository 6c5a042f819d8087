"""How many examples the property tests make: a fifth in ``make check``, whose profile is quick.

Without a profile, as in the second pass of ``make test``, they make all. No example has a deadline:
on a busy machine any of them waits for its turn.
"""

from hypothesis import settings

settings.register_profile("full", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=20)
settings.load_profile("full")


def examples(full: int) -> int:
    """Return how many examples a test makes that wants ``full`` instead of the usual 100."""
    return max(1, full * settings().max_examples // 100)
