"""Isolation: sessions never see each other's data, and every pixel counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

import metrics_core as mc
from metrics_core.files import read_arrays
from tests.test_explore_page import headline, opened, saved, upload
from tests.test_files import npy, one

RERUNS = 1000
PIXELS = 100


def masks(seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    random = np.random.default_rng(seed)
    return random.integers(0, 2, (2, 8, 8)).astype(np.uint8), random.integers(0, 2, (2, 8, 8)).astype(np.uint8)


def expected(seed: int) -> float:
    target, prediction = masks(seed)
    return float(mc.evaluate("iou", mc.count(target, prediction, num_classes=2)))


def _score_own_files() -> None:
    """The way from uploads to a score as the pages go it, without the pages' figures, which take most of the time."""
    import streamlit as st

    import metrics_core as mc
    from app.own_files import draw_uploads, user_data
    from app.results import statistics
    from app.scenes import user_scene
    from app.selection import begin

    begin("Explore")
    draw_uploads()
    data = user_data()
    if data is not None:
        scene = user_scene(data)
        st.code(f"{scene.digest} {float(mc.evaluate('iou', statistics(scene, 'your prediction'))):.17g}")


def test_a_thousand_interleaved_reruns_of_two_sessions_with_files_of_the_same_names() -> None:
    sessions = [AppTest.from_function(_score_own_files, default_timeout=60).run() for _ in range(2)]
    seeds, digests = [0, 1], [set[str](), set[str]()]
    for rerun in range(RERUNS):
        which = rerun % 2
        page = sessions[which]
        if rerun % 50 < 2:  # now and then other bytes under the old names
            seeds[which] = rerun
            target, prediction = masks(seeds[which])
            upload(page, saved(target), saved(prediction))
        else:
            page.run()
        digest, value = page.code[0].value.split()
        assert float(value) == expected(seeds[which])
        digests[which].add(digest)
    assert len(digests[0]) == len(digests[1]) == RERUNS // 50
    assert not digests[0] & digests[1]


def test_whole_pages_of_two_sessions() -> None:
    pages = [upload(opened(source="files"), *(saved(side) for side in masks(seed))) for seed in (1, 2)]
    for _ in range(3):
        for seed, page in zip((1, 2), pages, strict=True):
            page.run()
            assert headline(page) == f"{expected(seed):.3f}"


def test_the_same_bytes_under_other_names_are_the_same_pixels() -> None:
    target, prediction = masks(0)
    reads = [mc.read_pair(one(npy(target), f"{a}.npy"), one(npy(prediction), f"{b}.npy")) for a, b in ("xy", "vw")]
    assert (reads[0].target == reads[1].target).all()
    assert reads[0].digest == reads[1].digest


def test_one_pixel_always_changes_the_result() -> None:
    """A cache key that samples large arrays would miss most of these."""
    random = np.random.default_rng(0)
    target = random.integers(0, 3, (1024, 1024)).astype(np.uint8)
    base = random.integers(0, 3, target.shape).astype(np.uint8)
    choices = mc.Choices(num_classes=3, ignore_label=None)
    digests = {mc.read_pair(one(npy(target), "t.npy"), one(npy(base), "p.npy"), choices=choices).digest}
    confusions = {mc.count(target[None], base[None], num_classes=3).confusion.numpy().tobytes()}
    for index in range(PIXELS):
        changed = base.copy()
        row, column = divmod(int(random.integers(0, changed.size)), 1024)
        changed[row, column] = (changed[row, column] + 1 + index % 2) % 3
        models = [mc.ModelFiles(name="m", uploads=tuple(one(npy(changed), "p.npy")))]
        if index % 20 == 0:
            digests.add(mc.read_models(one(npy(target), "t.npy"), models, choices=choices).digest)
        else:
            digests.add(read_arrays(one(npy(changed), "p.npy"), role="prediction").digest)
        counted = mc.count(target[None], changed[None], num_classes=3).confusion.numpy().tobytes()
        assert counted != next(iter(confusions))
    assert len(digests) == PIXELS + 1
