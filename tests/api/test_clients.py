import random
from ipaddress import IPv6Address, ip_address, ip_network

import pytest

from recsys.api.clients import believed_address, client_of
from recsys.counting.base import Client
from recsys.settings import Settings

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
    ("headers", "no_trace"),
    [
        ({"sec-gpc": "1"}, True),
        ({"dnt": "1"}, True),
        ({"sec-gpc": "0", "dnt": "0"}, False),
        ({"dnt": "null"}, False),
        ({}, False),
    ],
)
def test_who_does_not_want_to_be_followed_says_so_by_either_header(headers, no_trace):
    assert client_of(headers, "203.0.113.9", Settings()).no_trace is no_trace


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


def slow_ip(address):
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    dressed = isinstance(found, IPv6Address) and found.ipv4_mapped
    return str(dressed or found)


def slow_network(address):
    try:
        found = ip_address(slow_ip(address))
    except ValueError:
        return slow_ip(address)
    return str(ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))


def test_addresses_are_read_as_the_standard_library_reads_them():
    draw = random.Random(0)
    octets = (
        "0",
        "00",
        "01",
        "1",
        "9",
        "10",
        "99",
        "100",
        "199",
        "249",
        "255",
        "256",
        "300",
        "",
        "٣",
    )
    odd = (
        "1.2.3.4\n",
        " 1.2.3.4",
        "1.2.3.4.5",
        "1.2.3",
        "1.2.3.4%1",
        "::1.2.3.4",
        "+1.2.3.4",
        None,
    )
    usual = [".".join(str(draw.randrange(256)) for _ in range(4)) for _ in range(300)]
    mixed = [".".join(draw.choice(octets) for _ in range(4)) for _ in range(3000)]
    for address in (*usual, *mixed, *odd, *(f"::ffff:{each}" for each in mixed[:300])):
        client = Client(address)
        assert (client.ip, client.network) == (slow_ip(address), slow_network(address)), address
