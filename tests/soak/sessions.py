"""Sessions: many at once, many one after another, a slider that is dragged, and hundreds of runs of one page."""

from __future__ import annotations

import itertools
import random
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

from tests.soak import MB, Row, Size, at_most, holds
from tests.soak.masks import Masks
from tests.soak.served import OWN, Peak, Served, served, warm
from tests.soak.visitor import QUIET_SECONDS, Drawn, Visitor

THINKING_SECONDS = (0.5, 1.5)
DRAGGED = "decide=threshold"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What one of many sessions saw: seconds until its files and then each toggle were scored, and what was wrong."""

    first: float
    toggles: Sequence[float]
    wrong: Sequence[str]


def run(size: Size) -> Iterator[Row]:
    """All scenarios of healthy sessions."""
    few, many, later, side = (20, 50, 100, 512) if size == "full" else (4, 8, 10, 64)
    with served() as server:
        yield from _crowd(server, few, side=side, toggles=10 if size == "full" else 3)
        yield from _burst(server, many, side=side)
        if size == "quick":
            yield from _steady(server, later, side=side, reruns=20)
    if size == "full":
        with served() as server:
            yield from _steady(server, later, side=side, reruns=300)


def _steady(server: Served, sessions: int, *, side: int, reruns: int) -> Iterator[Row]:
    yield from _one_after_another(server, sessions, side=side)
    yield _drag(server)
    yield from _reruns(server, reruns)


def _crowd(server: Served, sessions: int, *, side: int, toggles: int) -> Iterator[Row]:
    before = warm(server)
    with Peak(server) as peak:
        visits = _at_once(server, sessions, side=side, toggles=toggles)
    taken = sorted(seconds for visit in visits for seconds in visit.toggles)
    name = f"{sessions} sessions of 10 x {side}² x 5 classes"
    yield _nothing_wrong(f"{name}: errors, wrong scores", visits, server)
    quantiles = statistics.quantiles(taken, n=100, method="inclusive")
    yield at_most(f"{name}: toggle of a rule, p95", quantiles[94], 2, "s", more=f"p50 {quantiles[49]:.2g} s")
    yield at_most(f"{name}: toggle of a rule, p99", quantiles[98], 4, "s", more=f"of {len(taken)} toggles")
    yield at_most(f"{name}: memory above start", (peak.bytes - before) / MB, 1500, "MB", more=f"{before / MB:,.0f} MB")


def _burst(server: Served, sessions: int, *, side: int) -> Iterator[Row]:
    before = server.memory()
    with Peak(server) as peak:
        visits = _at_once(server, sessions, side=side, toggles=1)
    slowest = max(visit.first for visit in visits)
    more = f"slowest first score {slowest:.1f} s, {(peak.bytes - before) / MB:,.0f} MB more"
    yield _nothing_wrong(f"{sessions} sessions at once: all are answered, none crashes", visits, server, more=more)


def _nothing_wrong(scenario: str, visits: Sequence[Visit], server: Served, *, more: str = "") -> Row:
    broken = _told([each for visit in visits for each in visit.wrong], server)
    return holds(scenario, "0", broken=broken, measured=f"0{more and f' ({more})'}")


def _told(wrong: Sequence[str], server: Served) -> str:
    """How many things were wrong, the first of them, and what the server says; empty if nothing was."""
    first = f"{len(wrong)}, first {wrong[0][:100]} " if wrong else ""
    return f"{first}{server.broken()}"


def _at_once(server: Served, sessions: int, *, side: int, toggles: int) -> list[Visit]:
    """Sessions that upload together and, once all of them are scored, toggle together."""
    masks = [Masks(session=number, side=side) for number in range(sessions)]
    for each in masks:
        _ = each.sides, each.scores  # made before the clock runs
    together = Barrier(sessions)
    with ThreadPoolExecutor(sessions) as pool:
        return list(pool.map(lambda each: _visit(server, each, together, toggles), masks))


def _visit(server: Served, masks: Masks, together: Barrier, toggles: int) -> Visit:
    wrong: list[str] = []
    with Visitor(server.port, OWN) as visitor:
        opened = visitor.run()
        start = time.perf_counter()
        drawn = visitor.upload(masks.sides, opened)
        first = time.perf_counter() - start
        wrong += _differences(drawn, masks.scores["macro"], masks)
        together.wait(timeout=300)
        thinking, taken = random.Random(masks.session), list[float]()
        for average in itertools.islice(itertools.cycle(("micro", "macro")), toggles):
            time.sleep(thinking.uniform(*THINKING_SECONDS))
            drawn = visitor.choose("average", average, drawn)
            taken.append(drawn.seconds)
            wrong += _differences(drawn, masks.scores[average], masks)
    return Visit(first=first, toggles=taken, wrong=wrong)


def _differences(drawn: Drawn, expected: str, masks: Masks) -> list[str]:
    found = list(drawn.errors)
    if drawn.score != expected:
        found.append(f"session {masks.session} shows {drawn.score!r}, expected {expected}")
    return found


def _one_after_another(server: Served, sessions: int, *, side: int) -> Iterator[Row]:
    """Sessions that come, upload, look and go; the server forgets each a few seconds after it has gone."""
    before, held, wrong = warm(server), list[float](), list[str]()
    for number in range(sessions):
        masks = Masks(session=number, side=side)
        with Visitor(server.port, OWN) as visitor:
            wrong += _differences(visitor.upload(masks.sides, visitor.run()), masks.scores["macro"], masks)
        held.append((server.memory() - before) / MB)
    fifth = sessions // 5
    early, late = max(held[:fifth]), max(held[-fifth:])
    name = f"{sessions} sessions one after another"
    yield holds(f"{name}: errors, wrong scores", "0", broken=_told(wrong, server), measured="0")
    ratio = (before / MB + late) / (before / MB + early)
    more = f"{early:,.0f} MB above start after {fifth}, {late:,.0f} MB after {sessions}"
    yield at_most(f"{name}: memory of the last {fifth} to that after {fifth}", ratio, 1.3, "x", more=more)


def _drag(server: Served) -> Row:
    """30 values in 3 seconds: the page ends with the last one, as if it had been opened with it."""
    option = ""
    with Visitor(server.port, DRAGGED) as visitor:
        opened = visitor.run()
        for number in range(30):
            option = visitor.drag("threshold", 20 + 6 * number, opened)
            time.sleep(0.1)
        start = time.perf_counter()
        pages = visitor.until_quiet()
    with Visitor(server.port, f"{DRAGGED}&threshold={float(option):.8g}") as fresh:
        expected = fresh.run().score
    last = pages[-1].score if pages else "nothing"
    broken = "" if last == expected else f"shows {last}, expected {expected}"
    measured = f"yes, {time.perf_counter() - start - QUIET_SECONDS:.1f} s after the last event"
    return holds("slider: 30 events in 3 s, the last value is shown", "yes", broken=broken, measured=measured)


def _reruns(server: Served, reruns: int) -> Iterable[Row]:
    """Handles and threads before and after."""
    with Visitor(server.port, OWN) as visitor:
        drawn = visitor.upload(Masks(session=0, side=64).sides, visitor.run())
        for average in ("micro", "macro") * 5:
            drawn = visitor.choose("average", average, drawn)
        handles, threads = server.handles(), server.threads()
        for average in itertools.islice(itertools.cycle(("micro", "macro")), reruns):
            drawn = visitor.choose("average", average, drawn)
        more = server.handles() - handles, server.threads() - threads
    yield at_most(f"{reruns} runs of a page: more open handles", more[0], 5, "", more=f"{handles} before")
    yield at_most(f"{reruns} runs of a page: more threads", more[1], 5, "", more=f"{threads} before")
