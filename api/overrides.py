"""What editors decide: read from what they send, written through, in force on return."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, get_args

from recsys.data.rows import LONGEST_URL, identifier
from recsys.data.stores.base import Store
from recsys.errors import NotFoundError, RecsysError, RowError
from recsys.lists import LISTS
from recsys.overrides import FACTORS
from recsys.records import DEFAULT_SITE, Action, Override
from recsys.snapshot import Snapshot
from recsys.text.display import clean_title
from recsys.times import format_instant, parse_duration, parse_instant

from .upkeep import Upkeep

Row = Mapping[str, object]

ACTIONS: tuple[Action, ...] = get_args(Action)
HIGHEST_FACTOR = 100.0
LAST_SLOT = 100
LONGEST_NOTE = 1000  # characters
MOST = 10_000  # decisions about one site


class TooManyOverridesError(RecsysError):
    """A site that has as many decisions as there may be."""


class Desk:
    """Keeps what editors decide.

    Parameters
    ----------
    store
        Where decisions are kept.
    upkeep
        Of the snapshot that obeys them.
    clock
        Seconds since 1970.
    most
        How many decisions a site may have.
    """

    def __init__(
        self, store: Store, upkeep: Upkeep, clock: Callable[[], float], most: int = MOST
    ) -> None:
        self._store, self._upkeep, self._clock, self._most = store, upkeep, clock, most

    def listed(self, site: str, article_id: str | None = None) -> list[dict[str, Any]]:
        """Return the decisions about a site or one of its articles, the oldest first."""
        now = int(self._clock())
        return [
            document(decision, now)
            for decision in self._store.overrides()
            if decision.site == site and article_id in (None, decision.article_id)
        ]

    def put(self, row: Row, site: str | None) -> tuple[bool, dict[str, Any]]:
        """Store a decision; it holds on return.

        Returns
        -------
        new
            False where it took the place of an earlier one.
        stored
            The decision as it is kept.

        Raises
        ------
        RowError
            If a field cannot be used.
        NotFoundError
            If there is no article at the address that was given.
        TooManyOverridesError
            If the site has too many, and none that has expired and could give way.
        """
        now = int(self._clock())
        decision = override_from_row(row, self._upkeep.snapshot, site, now)
        self._make_room(decision, now)
        new = self._store.put_override(decision)
        self._upkeep.refresh()
        return new, document(decision, now)

    def delete(
        self, site: str, article_id: str, action: str | None = None, name: str | None = None
    ) -> None:
        """Take back the decisions about an article, all or those of an action or list.

        Raises
        ------
        NotFoundError
            If there was none.
        """
        if not self._store.delete_overrides(site, article_id, action, name):
            raise NotFoundError("override_not_found", "there is no such override")
        self._upkeep.refresh()

    def _make_room(self, decision: Override, now: int) -> None:
        """Let the one that expired first give way where a site has as many as it may."""
        kept = [one for one in self._store.overrides() if one.site == decision.site]
        if len(kept) < self._most or any(_name(one) == _name(decision) for one in kept):
            return
        over = [one for one in kept if one.expires_at is not None and one.expires_at <= now]
        if not over:
            raise TooManyOverridesError(f"a site may have at most {self._most} overrides")
        first = min(over, key=lambda one: one.expires_at or 0)
        self._store.delete_overrides(first.site, first.article_id, first.action, first.list or "")


def document(decision: Override, now: int) -> dict[str, Any]:
    """Return the JSON object that tells of a decision, and whether it holds at ``now``."""
    ends = decision.expires_at
    return {
        **asdict(decision),
        "expires_at": None if ends is None else format_instant(ends),
        "created_at": format_instant(decision.created_at),
        "active": ends is None or now < ends,
    }


def override_from_row(row: Row, snapshot: Snapshot, site: str | None, now: int) -> Override:
    """Return the decision of a row; fields that are not known are left alone.

    Parameters
    ----------
    row
        Field name -> value, as JSON gives it.
    snapshot
        Where the article of an address is looked up, and the time zone of the site.
    site
        The site, whatever the row says; None takes the row's own, else ``"default"``.
    now
        When it is decided, in seconds since 1970.

    Raises
    ------
    RowError
        At the first field that cannot be used; the value itself is never repeated.
    NotFoundError
        If there is no article at the address.
    """
    site = site or identifier(row, "site") or DEFAULT_SITE
    article_id = identifier(row, "article_id")
    action = _one_of(row, "action", ACTIONS)
    if action is None:
        raise RowError("action", f"is required: one of {', '.join(ACTIONS)}")
    return Override(
        article_id=_at_address(row, snapshot, site) if article_id is None else article_id,
        action=action,
        list=_one_of(row, "list", tuple(LISTS)),
        factor=_factor(row, action),
        slot=_slot(row, action),
        expires_at=_end(row, snapshot.settings.site(site).time_zone, now),
        note=_note(row),
        created_at=now,
        site=site,
    )


def _name(decision: Override) -> tuple[str, str, str | None]:
    return decision.article_id, decision.action, decision.list


def _given(row: Row, field: str) -> Any:
    """Return a value; None for a blank string, as everywhere."""
    value = row.get(field)
    return None if isinstance(value, str) and not value.strip() else value


def _one_of(row: Row, field: str, allowed: tuple[Any, ...]) -> Any:
    value = _given(row, field)
    if value is not None and value not in allowed:
        raise RowError(field, f"must be one of {', '.join(allowed)}")
    return value


def _at_address(row: Row, snapshot: Snapshot, site: str) -> str:
    url = _given(row, "url")
    if url is None:
        raise RowError("article_id", "is required where there is no url")
    if not isinstance(url, str) or len(url) > LONGEST_URL:
        raise RowError("url", f"must be a string of at most {LONGEST_URL} characters")
    row_there = snapshot.corpus.row_at(site, url)
    if row_there < 0:
        raise NotFoundError("article_not_found", "there is no article at this address")
    return snapshot.corpus.id_of(row_there)


def _factor(row: Row, action: Action) -> float | None:
    value = _given(row, "factor")
    if action not in FACTORS:
        if value is not None:
            raise RowError("factor", "is for boost and bury alone")
        return None
    if value is None:
        return FACTORS[action]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if action == "boost" and not (is_number and 1 < value <= HIGHEST_FACTOR):
        raise RowError("factor", f"must be a number over 1, up to {HIGHEST_FACTOR:g}, in a boost")
    if action == "bury" and not (is_number and 0 <= value < 1):
        raise RowError("factor", "must be a number from 0 to below 1 in a bury")
    return float(value)


def _slot(row: Row, action: Action) -> int | None:
    value = _given(row, "slot")
    if action != "pin":
        if value is not None:
            raise RowError("slot", "is for pin alone")
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not (whole and 1 <= value <= LAST_SLOT):
        raise RowError("slot", f"must be a whole number from 1 to {LAST_SLOT} in a pin")
    return int(value)


def _end(row: Row, time_zone: str, now: int) -> int | None:
    at, after = _given(row, "expires_at"), _given(row, "expires_in")
    if after is not None:
        if at is not None:
            raise RowError("expires_in", "must not stand beside expires_at")
        return now + _seconds(after)
    if at is None:
        return None
    ends = _instant(at, time_zone)
    if ends <= now:
        raise RowError("expires_at", "must not be past")
    return ends


def _instant(value: object, time_zone: str) -> int:
    try:
        return parse_instant(value if isinstance(value, str) else "", time_zone)
    except ValueError as error:
        raise RowError("expires_at", str(error)) from None


def _seconds(value: object) -> int:
    try:
        return parse_duration(value if isinstance(value, str) else "")
    except ValueError as error:
        raise RowError("expires_in", str(error)) from None


def _note(row: Row) -> str | None:
    value = _given(row, "note")
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > LONGEST_NOTE:
        raise RowError("note", f"must be a string of at most {LONGEST_NOTE} characters")
    return clean_title(value) or None
