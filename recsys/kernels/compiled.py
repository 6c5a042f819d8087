"""numba's `njit`, which also compiles where nothing can be written."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def njit(**options: Any) -> Callable[[Function], Function]:
    """Compile a function when it is first called.

    What was compiled is kept beside the source, or else in the user's cache directory, and loaded
    by the next process (``NUMBA_CACHE_DIR`` names another place). Where neither can be written to,
    numba would refuse; here each process then compiles for itself, some seconds a training.

    Parameters
    ----------
    options
        Of `numba.njit`.
    """

    def decorate(function: Function) -> Function:
        try:
            compiled: Function = numba.njit(**options)(function)
        except RuntimeError:  # no place to keep what is compiled
            compiled = numba.njit(**{**options, "cache": False})(function)
        return compiled

    return decorate
