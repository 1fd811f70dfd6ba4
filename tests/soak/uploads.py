"""Uploads that go wrong: broken off half way, and larger than the server takes, with and without a length."""

from __future__ import annotations

import http.client
import select
from collections.abc import Iterator

from tests.soak import MB, Row, Size, at_most, holds
from tests.soak.masks import Masks
from tests.soak.served import OWN, Peak, Served, served, warm
from tests.soak.visitor import PART_END, Visitor, part_start

LARGEST = 64 * 2**20  # bytes of one file, as .streamlit/config.toml says
GIGABYTE = 10**9
BLOCK = bytes(2**20)
MORE_MB = 50  # that memory may grow by


def run(size: Size) -> Iterator[Row]:
    """All scenarios of uploads."""
    with served() as server:
        before = warm(server)
        yield from _broken_off(server, before, times=6 if size == "full" else 2)
        yield from _declared_too_large(server)
        yield from _too_large_without_length(server)
        yield _next_is_taken(server)


def _broken_off(server: Served, before: int, *, times: int) -> Iterator[Row]:
    """Uploads of the largest size, one after another, of which half is sent."""
    with Visitor(server.port, OWN) as visitor:
        visitor.run()
        with Peak(server) as peak:
            for urls in visitor.upload_urls(["target.npy"] * times):
                connection = visitor.request(urls)
                connection.putheader("Content-Length", str(LARGEST))
                connection.endheaders(part_start("target.npy"))
                for _ in range(LARGEST // len(BLOCK) // 2):
                    connection.send(BLOCK)
                connection.close()
        after = server.settle(before + MORE_MB * MB, 60)
    more = f"peak {(peak.bytes - before) / MB:,.0f} MB"
    yield at_most(
        f"{times} uploads broken off half way: memory above start", (after - before) / MB, 50, "MB", more=more
    )


def _declared_too_large(server: Served) -> Iterator[Row]:
    """A length of 1 GB: the answer comes before the body, of which nothing is sent."""
    before = server.memory()
    with Visitor(server.port, OWN) as visitor:
        visitor.run()
        connection = visitor.request(visitor.upload_urls(["target.npy"])[0])
        connection.putheader("Content-Length", str(GIGABYTE))
        connection.endheaders()
        status = connection.getresponse().status
        connection.close()
    broken = "" if status == http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE else f"answered {status}"
    yield holds("upload of 1 GB: refused from its length", "413, 0 bytes read", broken=broken, measured="413")
    yield at_most("upload of 1 GB: memory above start", (server.memory() - before) / MB, MORE_MB, "MB")


def _too_large_without_length(server: Served) -> Iterator[Row]:
    """1 GB in chunks without a length: the server stops it soon after the limit."""
    before = server.memory()
    with Visitor(server.port, OWN) as visitor, Peak(server) as peak:
        visitor.run()
        connection = visitor.request(visitor.upload_urls(["target.npy"])[0])
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        sent, status = _send_chunks(connection)
        connection.close()
    refused = status in (http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE, None)
    said = f"{status or 'closed'} after {sent / MB:,.0f} MB"
    broken = "" if refused and sent < 2 * LARGEST else said
    yield holds("upload of 1 GB without a length: stopped", "413 before 134 MB", broken=broken, measured=said)
    name = "upload of 1 GB without a length: most memory above start"
    yield at_most(name, (peak.bytes - before) / MB, MORE_MB, "MB")


def _send_chunks(connection: http.client.HTTPConnection) -> tuple[int, int | None]:
    """Send until an answer comes: bytes sent, and the answer's status, None for a connection that was closed."""
    sent = 0
    try:
        for data in (part_start("target.npy"), *(BLOCK for _ in range(GIGABYTE // len(BLOCK))), PART_END):
            connection.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            sent += len(data)
            if select.select([connection.sock], [], [], 0)[0]:
                break
        return sent, connection.getresponse().status
    except (ConnectionError, http.client.HTTPException):
        return sent, None


def _next_is_taken(server: Served) -> Row:
    """After all that, files of the usual kind are scored."""
    masks = Masks(session=0, side=64)
    with Visitor(server.port, OWN) as visitor:
        drawn = visitor.upload(masks.sides, visitor.run())
    broken = server.ended()
    if drawn.score != masks.scores["macro"] or drawn.errors:
        broken = f"shows {drawn.score!r}, {drawn.errors}"
    return holds("after uploads that went wrong, the next one is scored", "yes", broken=broken)
