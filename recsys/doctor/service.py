"""A running service: whether it answers, what it serves, what its clock says."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from recsys.doctor.base import Check, Findings, fault, long, ok, until_refused, warning
from recsys.errors import RecsysError
from recsys.times import DAY, MINUTE, parse_instant

PATIENCE_SECONDS = 5.0
MOST_BYTES = 1_000_000
CLOCKS_APART_SECONDS = 30
OLD_DATA_SECONDS = DAY
_OTHER_TIME_SECONDS = 10 * MINUTE  # an answer may be kept for a while


class ServiceError(RecsysError):
    """A service that cannot be asked."""


@dataclass
class _Answer:
    status: int
    date: str | None
    document: Any


def service(url: str, now: float, found: Findings) -> Iterator[Check]:
    """Yield the checks of the service at an address; `ServiceError` if it does not answer."""
    live = _asked(url, "/health/live")
    if live.status != 200:
        raise ServiceError(f"{url}/health/live answers {live.status}; is it recsys serve?")
    yield ok("service.live", f"{url} answers")
    yield from until_refused("service.ready", _serving(url, now, found))


def _serving(url: str, now: float, found: Findings) -> Iterator[Check]:
    ready = _asked(url, "/health/ready")
    if ready.status != 200 or not isinstance(ready.document, dict):
        raise ServiceError(f"{url}/health/ready answers {ready.status}; look in the service's log")
    try:
        yield from _ready(ready.document, found)
        yield from _clocks(url, ready, now)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ServiceError(f"{url}: answers what no recsys serve of this version does") from None


def _ready(health: dict[str, Any], found: Findings) -> Iterator[Check]:
    yield _model(health, found)
    refused = [f"{each['version']} ({each['message']})" for each in health.get("refused", [])]
    if refused:
        cure = "train again, or promote a good version"
        yield warning("service.refused", f"it refuses {', '.join(refused)}; {cure}")
    if health.get("store") == "unwritable":
        cure = "is its disk full, or does another program hold it?"
        yield fault("service.store", f"it cannot write its store, and refuses events; {cure}")
    elif health.get("store") != "ok":
        cure = "look for the file, its folder and its disk"
        yield fault("service.store", f"it cannot read its store, and serves what it knew; {cure}")
    else:
        yield ok("service.store", f"it reads its store; {health.get('articles')} articles")


def _model(health: dict[str, Any], found: Findings) -> Check:
    name, model = "service.model", health.get("model")
    if model is None:
        reason = health.get("reason")
        return warning(name, f"it serves without a model ({reason}); recsys train makes one")
    if found.version not in (None, model["version"]):
        cure = "wait two seconds, then look in its log"
        return warning(name, f"it serves {model['version']}, CURRENT is {found.version}; {cure}")
    return ok(name, f"it serves model {model['name']} {model['version']}")


def _clocks(url: str, ready: _Answer, now: float) -> Iterator[Check]:
    """Compare the clocks of the service's machine and of the service, and look at its data."""
    apart = abs(parsedate_to_datetime(ready.date).timestamp() - now) if ready.date else 0.0
    if apart > CLOCKS_APART_SECONDS:
        cure = "set the clock that is wrong (timedatectl)"
        yield warning("service.clock", f"its machine's clock is {long(apart)} off ours; {cure}")
    else:
        yield ok("service.clock", "its machine's clock is ours")
    latest = _asked(url, "/v1/latest?limit=1").document
    lives = parse_instant(latest["generated_at"]) if "generated_at" in latest else int(now)
    if abs(lives - now) > max(_OTHER_TIME_SECONDS, apart):
        when = latest["generated_at"]
        yield warning("service.now", f"it lives at {when}, not now; start it without --now")
    yield _data(ready.document.get("data_until"), lives)


def _data(until: str | None, now: float) -> Check:
    name = "service.data"
    if until is None:
        return warning(name, "it knows of no article and no view; recsys import brings some")
    age = now - parse_instant(until)
    if age > OLD_DATA_SECONDS:
        cure = "do events and articles still arrive?"
        return warning(name, f"its newest article or view is {long(age)} old; {cure}")
    return ok(name, f"its newest article or view is {long(max(0, age))} old")


def _asked(url: str, path: str) -> _Answer:
    """Ask in a thread of its own: whatever is at the other end, this ends in time."""
    connection, path = _connection(url, path)
    answers: list[_Answer | Exception] = []

    def ask() -> None:
        try:
            answers.append(_exchange(connection, path))
        except (OSError, HTTPException) as error:
            answers.append(error)
        finally:
            connection.close()

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(2 * PATIENCE_SECONDS)
    answer = answers[0] if answers else TimeoutError("it takes too long")
    if isinstance(answer, Exception):
        reason = getattr(answer, "strerror", None) or answer or type(answer).__name__
        raise ServiceError(f"{url}: does not answer ({reason}); is recsys serve running there?")
    return answer


def _connection(url: str, path: str) -> tuple[HTTPConnection, str]:
    """Return a connection that is not open yet, and the whole path to ask it for."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise ServiceError(f"{url}: is no address such as http://127.0.0.1:8000")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return kind(host, port, timeout=PATIENCE_SECONDS), parts.path.rstrip("/") + path


def _exchange(connection: HTTPConnection, path: str) -> _Answer:
    connection.request("GET", path)
    response = connection.getresponse()
    text = response.read(MOST_BYTES)
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    return _Answer(response.status, response.getheader("date"), document)
