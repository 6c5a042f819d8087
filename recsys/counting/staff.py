"""The newsroom's own people."""

from functools import lru_cache
from ipaddress import ip_address, ip_network

from recsys.counting.base import Arrival, Books
from recsys.settings import Settings


class Staff:
    """Drops what comes from the addresses of ``counting.staff``."""

    def __init__(self, settings: Settings) -> None:
        self._networks = tuple(settings.counting.staff)

    def drops(self, arrival: Arrival, books: Books) -> bool:
        """Return whether the sender's address is one of the staff's."""
        if not self._networks or arrival.client is None:
            return False
        return lies_in(arrival.client.ip, self._networks)


@lru_cache(maxsize=8192)
def lies_in(address: str, networks: tuple[str, ...]) -> bool:
    """Return whether an address lies in one of the networks; False for what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(network, strict=False) for network in networks)
