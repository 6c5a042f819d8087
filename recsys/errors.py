"""The exception tree: every error this package raises on purpose is a `RecsysError`.

A message says what was asked, what came, what is allowed and where, in one line.
"""


class RecsysError(Exception):
    """Anything this package refuses; its text is fit to be shown to a person."""


class RecipeError(RecsysError):
    """A recipe that cannot be read or holds a value that is not allowed."""


class SettingsError(RecsysError):
    """A configuration file or environment variable that cannot be used."""


class DataError(RecsysError):
    """A row, a file or a table that cannot be used."""


class RowError(DataError):
    """One row that is refused.

    Parameters
    ----------
    field
        Name of the field that is wrong; empty when the row as a whole is.
    reason
        What is wrong and what is allowed; never repeats the value as it came.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


class OutgrownError(RecsysError):
    """A training that cannot be carried on from an earlier one, but can be made in full."""


class StoreError(RecsysError):
    """A store that cannot be opened, read or written now."""


class ModelError(RecsysError):
    """A saved model that is missing, damaged or of an unknown format."""


class NotFoundError(RecsysError):
    """An article, model or version that nobody has.

    Parameters
    ----------
    code
        Machine-readable name, such as ``article_not_found``.
    message
        The sentence for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RequestError(RecsysError):
    """A question whose parameters make no sense.

    Parameters
    ----------
    field
        The parameter that is wrong.
    reason
        What is allowed.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
