"""How many examples the property tests make: a fifth in ``make check``, whose profile is quick.

Without a profile, as in the second pass of ``make test``, they make all.
"""

from hypothesis import settings

settings.register_profile("quick", max_examples=20)


def examples(full: int) -> int:
    """Return how many examples a test makes that wants ``full`` instead of the usual 100."""
    return max(1, full * settings().max_examples // 100)
