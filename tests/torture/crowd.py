"""Readers without a key, each with an address and an agent, behind a proxy that is trusted."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

TRUSTING = {
    "COUNTING__TRUSTED_PROXIES": '["127.0.0.1"]',
    "COUNTING__EVENTS_PER_MINUTE": "1000000",
}
MOST_EVENTS = 100  # in one body
AT_A_TIME = 64


@dataclass(frozen=True)
class Visit:
    """One reader and the articles he reads; ``headers`` come besides address and agent."""

    address: str | None
    agent: str | None
    articles: tuple[str, ...]
    headers: tuple[tuple[str, str], ...] = ()

    def requests(self) -> Iterable[bytes]:
        for start in range(0, len(self.articles), MOST_EVENTS):
            part = self.articles[start : start + MOST_EVENTS]
            body = json.dumps([{"article_id": each} for each in part]).encode()
            yield self._head(len(body)) + body

    def _head(self, length: int) -> bytes:
        given = [("Host", "localhost"), ("Content-Type", "text/plain"), *self.headers]
        if self.address is not None:
            given.append(("X-Forwarded-For", self.address))
        if self.agent is not None:
            given.append(("User-Agent", self.agent))
        lines = "".join(f"{name}: {value}\r\n" for name, value in given)
        return f"POST /v1/events HTTP/1.1\r\n{lines}Content-Length: {length}\r\n\r\n".encode()


def send(port: int, visits: Iterable[Visit]) -> Counter[int]:
    """Send all visits over a few connections that are kept alive; return how often each status.

    What is answered 503 is sent again a little later, as a browser's script would.
    """
    return asyncio.run(_send(port, visits))


async def _send(port: int, visits: Iterable[Visit]) -> Counter[int]:
    requests = (request for visit in visits for request in visit.requests())
    statuses: Counter[int] = Counter()

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in requests:
            while (status := await _asked(reader, writer, request)) == 503:
                statuses[503] += 1
                await asyncio.sleep(0.2)
            statuses[status] += 1
        writer.close()
        await writer.wait_closed()

    await asyncio.wait_for(asyncio.gather(*(client() for _ in range(AT_A_TIME))), 120)
    return statuses


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.split(b"content-length: ")[1].split(b"\r\n", 1)[0])
    await reader.readexactly(length)
    return int(head[9:12])


def agents(n: int) -> list[str]:
    """Return different agents of browsers."""
    return [
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
        f" Chrome/{100 + k % 40}.0.{k}.0 Safari/537.36"
        for k in range(n)
    ]
