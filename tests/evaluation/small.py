"""A site of six articles that one can keep in one's head."""

from recsys.evaluation.dataset import Dataset
from recsys.records import Article, Event

DAY0 = 1_700_000_000  # seconds
HOUR = 3600


def article(name: str, hours: float, **more) -> Article:
    """An article published so many hours after DAY0; its text is its name unless given."""
    given = {"title": f"title {name}", "body": f"body of {name}", **more}
    return Article(name, published_at=DAY0 + int(hours * HOUR), **given)


def read(name: str, hours: float, session: str | None = None, **more) -> Event:
    """A view so many hours after DAY0."""
    return Event(int((DAY0 + hours * HOUR) * 1000), name, session_id=session, **more)


def ms(hours: float) -> int:
    """Milliseconds since 1970, so many hours after DAY0."""
    return int((DAY0 + hours * HOUR) * 1000)


def site(events=(), **more) -> Dataset:
    """Articles a to f, published an hour after each other; rows 0 to 5."""
    articles = [article(name, hour) for hour, name in enumerate("abcdef")]
    return Dataset.of("small", articles, events, **more)
