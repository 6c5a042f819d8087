"""No address and no agent of a reader is anywhere on the disk or in what the server says."""

import asyncio
import json
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from tests.torture.crowd import TRUSTING, Visit, send
from tests.torture.load import Connection
from tests.torture.mutants import exchange
from tests.torture.server import Server

pytestmark = pytest.mark.torture

ADDRESSES = (
    "203.113.57.211",
    "198.51.187.149",
    "2001:db8:7f3a:91c4::be57:61d2",
    "::ffff:87.65.43.21",
)
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 Kenmerk{n}Zilvermeeuw"
)
BOT = "Kwikstaartbot/9.8 (+https://kwikstaart.example/bot)"


def test_no_address_or_agent_is_on_the_disk_or_in_the_logs(home, told):
    agents = [AGENT.format(n=n) for n in range(len(ADDRESSES))] + [BOT]
    visits = [
        Visit(address, agent, ("g1", "g2", "unheard-of"), headers)
        for address in ADDRESSES
        for agent in agents
        for headers in ((), (("Sec-GPC", "1"),), (("Purpose", "prefetch"),))
    ]
    server = Server(home, settings=TRUSTING | {"COUNTING__STAFF": '["198.51.187.149"]'})
    with server:
        send(server.port, visits)
        provoke(server, agents)
        found = hits(home.folder, agents)
        server.stop()
        found |= {f"{name} (stopped)": n for name, n in hits(home.folder, agents).items()}
    told("privacy", visits=len(visits), needles=len(needles(agents)), hits=sum(found.values()))
    assert home.log.stat().st_size > 0
    assert found == {}


def provoke(server: Server, agents: list[str]) -> None:
    """Ask for what makes a server write lines: bad heads, bad bodies, a store that is away."""
    for address in ADDRESSES:
        for agent in agents:
            telling = f"X-Forwarded-For: {address}\r\nUser-Agent: {agent}\r\n"
            for broken in (
                f"GET /v1/page?id=%00 HTTP/1.1\r\nHost: x\r\n{telling}\r\n",
                f"GET /v1/ledger HTTP/9.7\r\nHost: x\r\n{telling}\r\n",
                f"POST /v1/events HTTP/1.1\r\n{telling}Content-Length: nine\r\n\r\n",
                f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n{telling}"
                "Connection: Upgrade\r\n\r\n",
                f"POST /v1/events HTTP/1.1\r\nHost: x\r\n{telling}Content-Length: 3\r\n\r\n{{]}}",
            ):
                asyncio.run(exchange(server.port, broken.encode(), "z" * 24, False, -1))
    away = server.home.folder / "away"
    server.home.store.parent.rename(away)
    for address in ADDRESSES:
        headers = {"X-Forwarded-For": address, "User-Agent": agents[0], "X-API-Key": "no key"}
        connection = Connection(server.port, headers)
        connection.post("/v1/events", {"article_id": "g1"})
        connection.ask("PUT", "/v1/articles?id=x", json.dumps({"title": "x"}).encode())
        connection.close()
    away.rename(server.home.store.parent)


def needles(agents: list[str]) -> set[bytes]:
    """Return every form in which an address or an agent could be written down."""
    found = {agent.encode() for agent in agents} | {b"Zilvermeeuw", b"Kwikstaart"}
    for text in ADDRESSES:
        address = ip_address(text)
        plain = getattr(address, "ipv4_mapped", None) or address
        bits = 24 if plain.version == 4 else 48
        network = ip_network(f"{plain}/{bits}", strict=False)
        forms = {text, str(plain), plain.exploded, str(network), str(network.network_address)}
        found |= {form.encode() for form in forms}
        found |= {address.packed, plain.packed, plain.packed[::-1], plain.packed[: bits // 8 + 1]}
        found |= {plain.packed.hex().encode(), str(int(plain)).encode()}
    return {each for each in found if len(each) >= 4}


def hits(folder: Path, agents: list[str]) -> dict[str, int]:
    """Return how often anything of the readers stands in each file that the server may write."""
    wanted = needles(agents)
    found: dict[str, int] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "models" not in path.parts:
            content = path.read_bytes()
            for needle in wanted:
                if n := content.count(needle):
                    found[f"{path.name}: {needle!r}"] = n
    return found
