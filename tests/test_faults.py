"""Faults: uploads that are too large, full disks, processes that are killed, and files that a new session lacks."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numba.core import caching
from starlette.applications import Starlette
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from streamlit.web.server.starlette.starlette_routes import create_upload_routes

import metrics_core as mc
from metrics_core import cli
from metrics_core.kernels.compiled import compiled
from metrics_core.statistics_file import atomic_file
from tests.resampling_examples import FIRST
from tests.soak.__main__ import MODULES, line, main
from tests.soak.disks import half_written
from tests.soak.masks import Masks
from tests.soak.visitor import BOUNDARY, part_start
from tests.test_explore_page import headline, opened, saved, turn, upload

LIMIT = 64 * 2**20
BLOCK = bytes(2**20)
NO_SPACE = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class TestUploads:
    """What the server does with a body that is larger than one file may be."""

    def put(self, *headers: tuple[bytes, bytes]) -> tuple[int, int]:
        """The answer's status, and how many bytes were taken of a body of 1 GB."""
        token = generate_xsrf_token_string().encode()
        runtime: Any = SimpleNamespace(is_active_session=lambda _: True)
        served = Starlette(routes=create_upload_routes(runtime, MemoryUploadedFileManager("/upload"), None))
        taken, status = 0, 0

        async def receive() -> dict[str, Any]:
            nonlocal taken
            body = BLOCK if taken else part_start("target.npy") + BLOCK
            taken += len(BLOCK)
            return {"type": "http.request", "body": body, "more_body": taken < 10**9}

        async def send(message: dict[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)

        scope = {"type": "http", "method": "PUT", "path": "/_stcore/upload_file/session/file", "query_string": b""}
        kind = f"multipart/form-data; boundary={BOUNDARY}".encode()
        allowed = [(b"cookie", b"_streamlit_xsrf=" + token), (b"x-xsrftoken", token)]
        scope |= {"headers": [(b"content-type", kind), *allowed, *headers]}
        # In a thread of its own: the browser of another test may have an event loop in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, served(scope, receive, send)).result()  # pyright: ignore[reportArgumentType]
        return status, taken

    def test_a_declared_gigabyte_is_refused_without_being_read(self) -> None:
        assert self.put((b"content-length", b"1000000000")) == (413, 0)

    def test_a_gigabyte_without_a_length_is_stopped_at_the_limit(self) -> None:
        status, taken = self.put()
        assert status == 413
        assert LIMIT < taken <= LIMIT + 2 * len(BLOCK)


class TestFilesWritten:
    """Whole or not at all, and one sentence."""

    @pytest.fixture
    def full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_: int) -> None:
            raise NO_SPACE

        monkeypatch.setattr(os, "fsync", refuse)

    @pytest.mark.usefixtures("full")
    def test_on_a_full_disk_the_old_file_stays(self, tmp_path: Path) -> None:
        (tmp_path / "run.stats").write_bytes(b"old")
        with pytest.raises(OSError, match="No space left on device") as refused:
            mc.save_statistics(FIRST, tmp_path / "run.stats")
        assert refused.value.filename == str(tmp_path / "run.stats")
        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("run.stats", b"old")]

    def test_the_error_of_another_file_keeps_its_name(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError) as refused, atomic_file(tmp_path / "out"):
            (tmp_path / "in").read_bytes()
        assert refused.value.filename == str(tmp_path / "in")

    @pytest.mark.parametrize(
        ("number", "advice"),
        [
            (errno.ENOSPC, "make room or choose another place"),
            (errno.EFBIG, "make room or choose another place"),
            (errno.EROFS, "choose a place that can be written"),
            (errno.EACCES, "change its permissions"),
        ],
    )
    def test_the_command_says_what_and_why_and_what_to_do(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
    ) -> None:
        mc.save_statistics(FIRST, tmp_path / "run.stats")

        def refuse(_: int) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "fsync", refuse)
        with pytest.raises(SystemExit) as end:
            cli.main(["merge", str(tmp_path / "run.stats"), "--out", str(tmp_path / "all.stats")])
        said = str(end.value.code)
        assert said.startswith(f"metric-explorer: {tmp_path / 'all.stats'}: expected to ")
        assert os.strerror(number) in said
        assert advice in said
        assert "\n" not in said

    def test_killed_half_way_the_old_file_stays(self, tmp_path: Path) -> None:
        (tmp_path / "run.stats").write_bytes(b"old")
        kill = (
            "import os, signal, sys; from pathlib import Path; from metrics_core.statistics_file import atomic_file\n"
            "with atomic_file(Path(sys.argv[1])) as stream:\n"
            "    stream.write(b'half'); stream.flush(); os.kill(os.getpid(), signal.SIGKILL)"
        )
        killed = subprocess.run([sys.executable, "-c", kill, str(tmp_path / "run.stats")], capture_output=True)
        assert killed.returncode == -9
        assert (tmp_path / "run.stats").read_bytes() == b"old"
        assert half_written(tmp_path) == ["run.stats"]  # "old" is no statistics file, "half" has no such name


class TestKernels:
    """Compiled code that cannot be kept on disk is compiled all the same."""

    def test_on_a_full_disk(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise NO_SPACE

        monkeypatch.setattr(caching.IndexDataCacheFile, "save", refuse)
        assert compiled()(_doubled)(21) == 42

    def test_where_no_folder_can_be_written(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(caching.CompileResultCacheImpl, "_locator_classes", [])
        assert compiled()(_doubled)(21) == 42


def _doubled(value: Any) -> Any:
    return 2 * value


class TestLostFiles:
    """A page that finds its server started anew still lists files; the new session says that they are gone."""

    def test_what_was_lost_is_said_until_there_are_files_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        target = np.zeros((1, 8, 8), np.uint8)
        target[:, 2:6] = 1
        with monkeypatch.context() as patch:
            # The browser names files that this server has never got.
            patch.setattr(AppTest, "_register_uploaded_files", lambda *_: None)
            page = upload(opened(source="files", average="micro"), saved(target), saved(target))
        assert "1 target file, 1 prediction file" in page.warning[0].value
        assert not page.get("metric")
        assert page.query_params["average"] in ("micro", ["micro"])
        upload(page, saved(target), saved(target))
        assert headline(page) == "1.000"
        assert not any("Lost" in each.value for each in page.warning)

    def test_files_that_the_user_removes_are_not_lost(self) -> None:
        target = np.zeros((1, 8, 8), np.uint8)
        page = upload(opened(source="files"), saved(target), saved(target))
        for uploader in page.file_uploader[:2]:
            uploader.clear()
        page.run()
        assert not any("Lost" in each.value for each in page.warning)

    def test_nothing_is_said_where_nothing_was_lost(self) -> None:
        assert not turn(opened(source="files"), "own_from", "folder").warning


@pytest.mark.parametrize("as_file", [False, True])
def test_a_nan_is_named_by_image_channel_and_pixel(as_file: bool) -> None:
    scores = np.full((20, 3, 8, 256), 1 / 3, np.float32)
    scores[17, 2, 3, 200] = np.nan
    target = np.zeros((20, 8, 256), np.uint8)
    count: dict[bool, Callable[[], object]] = {
        False: lambda: mc.count(target, scores, num_classes=3),
        True: lambda: mc.read_pair(
            [mc.Upload(name="t.npy", data=saved(target))], [mc.Upload(name="p.npy", data=saved(scores))]
        ),
    }
    with pytest.raises(ValueError, match=r"nan at image 17, class 2 \(row 3, column 200\)"):
        count[as_file]()


class TestSoak:
    """The parts of `make soak` that the load does not decide."""

    def test_masks_and_their_scores(self) -> None:
        masks = Masks(session=3, side=16)
        counts = mc.count(masks.target, masks.prediction, num_classes=5)
        rules: dict[str, mc.Convention] = {
            "macro": mc.Convention(average="macro"),
            "micro": mc.Convention(average="micro"),
        }
        for average, rule in rules.items():
            assert f"{float(mc.evaluate('iou', counts, rule)):.3f}" == masks.scores[average]
        assert masks.scores != Masks(session=4, side=16).scores

    def test_it_fails_where_a_limit_is_missed(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        from tests.soak import at_most

        rows = [at_most("a|b", 1, 2, "s"), at_most("c", 3, 2, "s")]
        assert [row.met for row in rows] == [True, False]
        assert line(rows[0]) == "| a/b | <= 2 s | 1 s | met |"
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(MODULES, "reading", lambda _: rows)
            assert main(["reading", "--markdown", str(tmp_path / "table.md")]) == 1
            patch.setitem(MODULES, "reading", lambda _: rows[:1])
            assert main(["reading"]) == 0
        assert "**missed**" in (tmp_path / "table.md").read_text()
        assert "1 of 2 limits kept" in capsys.readouterr().out
