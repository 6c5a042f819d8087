"""An event as it arrives: with what is known of its sender, which is never written anywhere."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Protocol

from recsys.records import Event
from recsys.settings import RULES, Settings

_NETWORK_BITS = {4: 24, 6: 48}
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_USUAL_IPV4 = re.compile(rf"({_OCTET}(?:\.{_OCTET}){{2}})\.{_OCTET}")


@dataclass(frozen=True)
class Client:
    """Who sent something over HTTP; lives in memory for as long as it takes to count.

    Parameters
    ----------
    address
        IP address, None where the connection has none.
    agent
        The ``User-Agent`` header.
    prefetch
        Whether the browser said that nobody looks at the page yet.
    no_trace
        Whether the reader asked not to be followed (Global Privacy Control, Do Not Track).
    """

    address: str | None = None
    agent: str = ""
    prefetch: bool = False
    no_trace: bool = False

    @cached_property
    def ip(self) -> str:
        """The address in its usual form, IPv4 also where it came dressed as IPv6."""
        if _USUAL_IPV4.fullmatch(self.address or ""):  # soon done with
            return self.address or ""
        try:
            found = ip_address((self.address or "").partition("%")[0])
        except ValueError:
            return self.address or ""
        if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(found)

    @cached_property
    def network(self) -> str:
        """The range the address is of: /24, for IPv6 /48."""
        usual = _USUAL_IPV4.fullmatch(self.ip)
        if usual is not None:
            return f"{usual[1]}.0/24"
        try:
            bits = _NETWORK_BITS[ip_address(self.ip).version]
        except ValueError:
            return self.ip
        return str(ip_network(f"{self.ip}/{bits}", strict=False))


@dataclass(frozen=True)
class Arrival:
    """An event on its way into a store.

    Parameters
    ----------
    event
        With its timestamp, in milliseconds.
    client
        Who sent it; None for whoever has a key, and for an import.
    imported
        Whether it comes from the newsroom's own files, which are old and need no judging.
    known
        Id of the article it is about, where the service knows it, though the store may not.
    """

    event: Event
    client: Client | None = None
    imported: bool = False
    known: str | None = None

    @property
    def identity(self) -> str | None:
        """What tells one reader from another; None where nothing does.

        Whoever sends without a key is known by address and agent only: ids can be invented.
        """
        if self.client is not None:
            return f"{self.client.ip}\n{self.client.agent}\n{self.event.site}"
        if self.imported or self.event.visitor_id is None:
            return self.event.visitor_id
        return f"{self.event.visitor_id}\n{self.event.site}"


class Books(Protocol):
    """What a rule may ask the store, inside of the transaction that counts."""

    now: int
    """The clock, in milliseconds since 1970."""

    settings: Settings

    def repeated(self, arrival: Arrival) -> bool:
        """Return whether the event's id has come before; from now on it has."""

    def known(self, arrival: Arrival) -> bool:
        """Return whether there is an article that the event is about."""

    def read_already(self, arrival: Arrival) -> bool:
        """Return whether its reader had the article counted in the same half hour."""

    def from_own_list(self, arrival: Arrival) -> bool:
        """Return whether the reader came by a click in one of our lists."""


class Rule(Protocol):
    """One reason for which an event does not count."""

    def drops(self, arrival: Arrival, books: Books) -> bool:
        """Return whether the event does not count."""


@dataclass(frozen=True)
class Ledger:
    """What became of events: ``received == counted + dropped``, always.

    Parameters
    ----------
    counted
        Event type -> how many counted.
    dropped
        Event type -> rule -> how many it dropped.
    from_own_lists
        How many of the counted views came from a list of ours.
    days
        Local day since 1970 -> ``received`` and ``counted``.
    """

    counted: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    from_own_lists: int = 0
    days: Mapping[int, Mapping[str, int]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the JSON object that ``GET /v1/ledger`` answers, but for what it is about."""
        kinds = sorted({*self.counted, *self.dropped}, reverse=True)
        types = {kind: self._of(kind) for kind in kinds}
        dropped: dict[str, int] = {}
        for by_rule in self.dropped.values():
            for rule, events in by_rule.items():
                dropped[rule] = dropped.get(rule, 0) + events
        return {
            "received": sum(each["received"] for each in types.values()),
            "counted": sum(self.counted.values()),
            "dropped": {rule: dropped[rule] for rule in RULES if dropped.get(rule)},
            "from_own_lists": self.from_own_lists,
            "types": types,
            "days": [
                {"day": (date(1970, 1, 1) + timedelta(days=day)).isoformat(), **facts}
                for day, facts in sorted(self.days.items())
            ],
        }

    def _of(self, kind: str) -> dict[str, Any]:
        dropped = {rule: n for rule, n in self.dropped.get(kind, {}).items() if n}
        counted = self.counted.get(kind, 0)
        received = counted + sum(dropped.values())
        return {"received": received, "counted": counted, "dropped": dropped}
