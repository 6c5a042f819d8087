import pytest

from recsys.api.clients import believed_address
from recsys.counting.base import Client

PROXIES = ("127.0.0.1", "10.0.0.0/8", "2001:db8:1::/48")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1, 10.1.2.3", "198.51.100.1"),
        ("127.0.0.1", "10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("127.0.0.1", "198.51.100.1, rubbish", "127.0.0.1"),
        ("127.0.0.1", "rubbish, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("127.0.0.1", "[2001:db8:2::7]:443", "2001:db8:2::7"),
        ("2001:db8:1::1", "2001:db8:2::7", "2001:db8:2::7"),
        (None, "198.51.100.1", None),
    ],
)
def test_only_what_trusted_proxies_added_is_believed(peer, forwarded, address):
    assert believed_address(peer, {"x-forwarded-for": forwarded}, PROXIES) == address


def test_without_trusted_proxies_nothing_is_believed():
    assert believed_address("127.0.0.1", {"x-forwarded-for": "6.6.6.6"}, ()) == "127.0.0.1"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("2001:db8:2:3::7", "2001:db8:2::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        (None, ""),
        ("testclient", "testclient"),
    ],
)
def test_a_range_is_24_bits_of_ipv4_and_48_of_ipv6(address, network):
    assert Client(address).network == network
