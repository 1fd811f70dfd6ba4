"""Reading apart: the same results as without a process, and whatever becomes of the process, nothing else ends."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import Any, Literal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

import app.reading
import metrics_core as mc
from app.reading import USUAL, Readers, prepare_reading, read_files
from app.reading_data import OtherDataError, receive, send
from app.reading_work import Files, Job, Read, Served, read
from tests.reading_jobs import act
from tests.test_files import npy, npz, picture, zipped
from tests.test_files_tiff import tiff
from tests.test_files_volumes import nifti

ROOT = Path(__file__).parents[1]
TARGET = np.random.default_rng(0).integers(0, 3, (3, 12, 14)).astype(np.uint8)
NEAR, FAR = np.roll(TARGET, 1, axis=2), np.roll(TARGET, 3, axis=2)
SCORES = np.moveaxis(np.eye(3, dtype=np.float32)[NEAR], -1, 1) * 0.4 + np.float32(0.2)
PATIENCE = 30.0  # seconds until something that must happen at once counts as not happening
Told = list[tuple[str, float]]


def upload(name: str, content: bytes | np.ndarray[Any, Any]) -> mc.Upload:
    return mc.Upload(name=name, data=content if isinstance(content, bytes) else npy(content))


def job(targets: Files, predictions: Files, **other: Any) -> Job:
    return Job(
        **({"images": (), "models_by": "infer", "choices": mc.Choices()} | other),
        targets=targets,
        predictions=predictions,
    )


def pair(target: Any = TARGET, prediction: Any = NEAR, **other: Any) -> Job:
    return job((upload("t.npy", target),), (upload("p.npy", prediction),), **other)


def ignore(_text: str, _share: float) -> None:
    pass


def same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if is_dataclass(one):
        return type(one) is type(other) and all(
            same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one)
        )
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def gone(process: int) -> bool:
    """Whether a process has ended: it is no more, or waits for its parent to notice."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def children(process: int) -> list[int]:
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        found += [int(stat.parent.name)] if parent == process else []
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("place")


@pytest.fixture(scope="module")
def readers(place: Path) -> Iterator[Readers]:
    """Readers started as the page does it: the main module is a script that must not run again."""
    script, main = place / "page.py", ModuleType("__main__")
    script.write_text(f"open({str(place / 'ran')!r}, 'w')")
    main.__file__ = str(script)
    (place / "tmp").mkdir()
    started = Readers(act, limits=replace(USUAL, memory=2**28))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "__main__", main)
        patch.setenv("TMPDIR", str(place / "tmp"))
        started.start()
    yield started
    started.close()


def said(readers: Readers, word: str, detail: str = "") -> str:
    with pytest.raises(mc.FileError) as refused:
        readers.run((word, detail), ignore)
    return str(refused.value)


class TestSameResult:
    @pytest.mark.parametrize(
        "asked",
        [
            pair(),
            pair(prediction=SCORES),
            pair(prediction=SCORES.astype(np.float16)),
            pair(target=TARGET * 255 // 2, choices=mc.Choices(label_255="keep"), prediction=NEAR * 255 // 2),
            job((upload("t.npy", TARGET),), (upload("near.npy", NEAR), upload("far.npy", FAR))),
            pair(images=(upload("i.npy", np.arange(TARGET.size).reshape(TARGET.shape)),)),
            pair(images=(upload("i.npy", np.zeros((*TARGET.shape, 3), np.uint8)),)),
            job(
                tuple(upload(f"{i}.png", picture(mask)) for i, mask in enumerate(TARGET)),
                (upload("p.zip", zipped({f"{i}.png": picture(mask) for i, mask in enumerate(NEAR)})),),
            ),
            job((upload("t.tif", tiff(TARGET[0])),), (upload("p.tif", tiff(NEAR[0])),)),
            job((upload("t.nii", nifti(TARGET.astype(np.int16))),), (upload("p.nii", nifti(NEAR.astype(np.int16))),)),
            job((upload("both.npz", npz(target=TARGET, prediction=NEAR)),), ()),
            job(
                (
                    upload("t.npy", TARGET),
                    upload("l.csv", b"name,colour,label\na,#000000,0\nb,#FF0000,1\nc,#00FF00,2\n"),
                ),
                (upload("p.npy", NEAR),),
            ),
            pair(choices=mc.Choices(num_classes=5, ignore_label=2, class_names=tuple("abcde"), out_of_range="count")),
            pair(target=TARGET, prediction=TARGET),
        ],
        ids=lambda asked: ", ".join(each.name for each in (*asked.targets, *asked.predictions, *asked.images)),
    )
    def test_as_without_a_process(self, asked: Job) -> None:
        assert same(read_files(asked, ignore), read(asked, ignore))

    @pytest.mark.parametrize(
        "asked",
        [
            pair(prediction=NEAR[:2]),
            pair(prediction=SCORES * 3),
            job((upload("t.npy", b"\x93NUM"),), (upload("p.npy", NEAR),)),
        ],
    )
    def test_as_refused_without_a_process(self, asked: Job) -> None:
        with pytest.raises(mc.FileError) as here:
            read(asked, ignore)
        with pytest.raises(mc.FileError) as apart:
            read_files(asked, ignore)
        assert str(apart.value) == str(here.value)

    def test_folders_on_the_server(self, tmp_path: Path) -> None:
        for name, masks in (("target", TARGET), ("near", NEAR)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "all.npy").write_bytes(npy(masks))
        sides = [Served(root=str(tmp_path), path=name) for name in ("target", "near")]
        assert torch.equal(read_files(job(*sides), ignore).data.target, torch.from_numpy(TARGET))
        with pytest.raises(mc.FileError, match="lead out of it"):
            read_files(job(Served(root=str(tmp_path), path="../x"), ()), ignore)

    def test_results_can_be_written_to(self) -> None:
        read_files(pair(), ignore).data.target[:] = 0

    def test_where_no_process_can_be_forked_files_are_read_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(app.reading, "_CAN_FORK", False)
        monkeypatch.setattr(app.reading, "_READERS", None)
        prepare_reading()
        told: Told = []
        assert same(read_files(pair(), lambda *each: told.append(each)), read(pair(), ignore))
        assert told[0] == ("Reading t.npy", 0.0)

    def test_sessions_never_cross(self) -> None:
        random = np.random.default_rng(1)
        jobs = [pair(prediction=random.integers(0, 3, TARGET.shape).astype(np.uint8)) for _ in range(24)]
        expected = [read(each, ignore).data.digest for each in jobs]
        with ThreadPoolExecutor(6) as sessions:
            assert [done.data.digest for done in sessions.map(lambda each: read_files(each, ignore), jobs)] == expected
        assert len(set(expected)) == len(jobs)


class TestGoneWrong:
    def test_memory(self, readers: Readers) -> None:
        for word in ("fill", "fill with tensors"):
            assert "at most 0.2 GiB to read, got more; read fewer or smaller files" in said(readers, word)

    def test_computing_without_end(self, readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(readers, "_limits", replace(USUAL, computing=1))
        assert "at most 1 s to read" in said(readers, "compute")

    def test_waiting_without_end(self, readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(readers, "_limits", replace(USUAL, seconds=1))
        told: Told = []
        with pytest.raises(mc.FileError, match="with waiting"):
            readers.run(("sleep", ""), lambda *each: told.append(each))
        assert eventually(lambda: gone(int(told[-1][0].split()[1])))

    @pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGBUS"])
    def test_a_crash(self, readers: Readers, name: str) -> None:
        assert f"got one that crashed its reader ({name}); save it anew" in said(readers, "end by", name)

    def test_a_crash_in_c(self, readers: Readers) -> None:
        assert "crashed its reader (SIGSEGV)" in said(readers, "read address 0")

    def test_the_system_short_of_memory(self, readers: Readers) -> None:
        assert "GiB to read, got more" in said(readers, "end by", "SIGKILL")

    def test_a_defect_goes_to_the_log_and_not_to_the_page(self, readers: Readers) -> None:
        message = said(readers, "fail", "4711")
        assert "got one that its reader failed on" in message
        assert "4711" not in message

    def test_a_refusal_stays_as_it_is(self, readers: Readers) -> None:
        assert said(readers, "refuse", "x.png: expected a, got b; do c") == "x.png: expected a, got b; do c"

    def test_another_answer_than_declared(self, readers: Readers, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.ERROR):
            assert "its reader failed on" in said(readers, "answer a number")
        assert "expected <class 'str'>" in caplog.text

    def test_every_sentence_names_the_file_and_is_short(self, readers: Readers) -> None:
        for word in ("fill", "fail", "read address 0"):
            message = said(readers, word)
            assert message.startswith("'")
            assert len(message) < 200
            assert "\n" not in message

    def test_the_next_reading_works(self, readers: Readers) -> None:
        said(readers, "read address 0")
        assert readers.run(("answer", "well"), ignore) == "well"

    def test_the_process_that_forks_ended(self, readers: Readers) -> None:
        process = readers._process

        def kill(text: str, _share: float) -> None:
            if text != "Reading your files …":
                os.kill(process, signal.SIGKILL)

        with pytest.raises(mc.FileError, match="got one that has ended; try again"):
            readers.run(("sleep", ""), kill)
        assert eventually(lambda: gone(process))
        assert readers.run(("answer", "again"), ignore) == "again"

    def test_the_process_that_forks_cannot_start(self) -> None:
        def missing(job: str, progress: object) -> str:
            return job

        broken = Readers(missing)
        assert "expected a process to read them in" in said(broken, "")
        broken.close()
        assert eventually(lambda: gone(broken._process))

    def test_without_an_interpreter_to_start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        nowhere = Readers(act)
        nowhere.start()
        assert "got No such file or directory; try again" in said(nowhere, "answer")

    def test_no_process_to_be_had(self, readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse() -> None:
            raise OSError(24, "Too many open files")

        monkeypatch.setattr(readers, "_running", refuse)
        assert "got Too many open files; try again in a minute" in said(readers, "answer")


class TestStopped:
    def test_what_the_progress_raises_ends_the_process(self, readers: Readers) -> None:
        class StopError(BaseException):
            pass

        processes: list[int] = []

        def stop(text: str, _share: float) -> None:
            if text != "Reading your files …":
                processes.append(int(text.split()[1]))
                raise StopError

        with pytest.raises(StopError):
            readers.run(("sleep", ""), stop)
        assert eventually(lambda: gone(processes[0]))
        assert not readers._queue

    def test_while_it_waits_for_a_place(self, readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(readers, "_at_once", 0)

        def stop(_text: str, _share: float) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(readers, "_before", lambda _ticket: 1)
        with pytest.raises(KeyboardInterrupt):
            readers.run(("answer", ""), stop)
        assert not readers._queue

    @pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    def test_with_the_dashboard_all_processes_end(self, how: signal.Signals) -> None:
        code = (
            # What starts the tests may have this signal ignored, and so would all that they start.
            "import signal\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "from app.reading import Readers\n"
            "from tests.reading_jobs import act\n"
            "readers = Readers(act)\n"
            "def tell(text, share):\n"
            "    if share:\n"
            "        print(readers._process, text.split()[1], flush=True)\n"
            "readers.run(('sleep', ''), tell)\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as dashboard:
            try:
                assert dashboard.stdout is not None
                processes = [int(each) for each in dashboard.stdout.readline().split()]
                assert len(processes) == 2
                assert not any(gone(each) for each in processes)
                dashboard.send_signal(how)
                dashboard.wait(PATIENCE)
                assert eventually(lambda: all(gone(each) for each in processes))
            finally:
                dashboard.kill()


class TestQueue:
    def test_so_many_at_once_and_the_others_are_told_their_place(self, readers: Readers, tmp_path: Path) -> None:
        go, told = tmp_path / "go", [Told() for _ in range(4)]
        begun = [Event() for _ in told]

        def session(number: int) -> str:
            def tell(text: str, share: float) -> None:
                told[number].append((text, share))
                if share or text.startswith("Waiting"):
                    begun[number].set()

            return str(readers.run(("wait for", str(go)), tell))

        with ThreadPoolExecutor(4) as sessions:
            waiting = []
            for number in range(4):
                waiting.append(sessions.submit(session, number))
                assert begun[number].wait(PATIENCE)
            assert len(children(readers._process)) == 2
            go.touch()
            assert [each.result(PATIENCE) for each in waiting] == [str(go)] * 4
        texts = [{text for text, _ in each} for each in told]
        assert not any(text.startswith("Waiting") for each in texts[:2] for text in each)
        assert "Waiting for a place: 2 before you" in texts[2]
        assert "Waiting for a place: 3 before you" in texts[3]

    def test_first_come_first_served(self, readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(readers, "_at_once", 1)
        with ThreadPoolExecutor(5) as sessions:
            answers = sessions.map(lambda word: readers.run(("answer", word), ignore), "abcde")
            assert list(answers) == list("abcde")


class TestNothingIsLeft:
    def test_no_process_handle_or_file(self, readers: Readers, place: Path) -> None:
        def held() -> tuple[int, int]:
            return len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{readers._process}/fd"))

        readers.run(("answer", ""), ignore)
        assert eventually(lambda: not children(readers._process))
        before = held()
        for number in range(50):
            if number % 10:
                readers.run(("answer", ""), ignore)
            else:
                said(readers, "read address 0")
        assert eventually(lambda: not children(readers._process))
        assert held() == before
        assert os.listdir(place / "tmp") == []

    def test_the_main_module_never_runs_again(self, readers: Readers, place: Path) -> None:
        readers.run(("answer", ""), ignore)
        assert not (place / "ran").exists()

    def test_a_process_that_forks_has_one_thread(self) -> None:
        """A fork copies only the thread that calls it: what others have locked would stay locked."""
        read_files(pair(), ignore)
        assert len(os.listdir(f"/proc/{app.reading._READERS._process}/task")) == 1


@dataclass(frozen=True, kw_only=True)
class Sample:
    kind: Literal["a", "b"]
    values: tuple[Tensor, ...]
    names: dict[int, str]
    inner: Sample | None = None
    pair: tuple[float, bytes] = (0.5, b"x")


class TestData:
    def passed(self, value: object, kind: Any, *, most: int = 10_000) -> Any:
        one, other = socket.socketpair()
        with one, other:
            send(one, value)
            one.close()
            return receive(other, kind, most=most)

    def raw(self, text: bytes, kind: Any = Sample, *, length: int | None = None) -> Any:
        one, other = socket.socketpair()
        with one, other:
            one.sendall((len(text) if length is None else length).to_bytes(8) + text)
            one.close()
            return receive(other, kind, most=10_000)

    @pytest.mark.parametrize(
        "dtype", [torch.uint8, torch.int16, torch.int64, torch.float16, torch.float32, torch.uint16]
    )
    @pytest.mark.parametrize("shape", [(), (0, 3), (2, 3)])
    def test_tensors_come_back(self, dtype: torch.dtype, shape: tuple[int, ...]) -> None:
        assert same(self.passed(torch.ones(shape).to(dtype), Tensor), torch.ones(shape).to(dtype))

    def test_a_tensor_that_is_not_in_order(self) -> None:
        assert same(self.passed(torch.arange(6).reshape(2, 3).T, Tensor), torch.arange(6).reshape(2, 3).T)

    def test_dataclasses_come_back(self) -> None:
        inner = Sample(kind="a", values=(), names={})
        sample = Sample(kind="b", values=(torch.ones(2), torch.zeros(1)), names={1: "ä\ud800", -5: ""}, inner=inner)
        assert same(self.passed(sample, Sample), sample)

    def test_numbers_of_numpy_become_plain(self) -> None:
        assert same(self.passed((np.int64(5), np.float32(0.5)), tuple[int, float]), (5, 0.5))

    def test_what_is_no_data_is_not_sent(self) -> None:
        with pytest.raises(TypeError, match="expected plain data, got object"):
            self.passed(object(), int)

    @pytest.mark.parametrize(
        "text",
        [
            b"",
            b"{}",
            b"[1]",
            b"[null, []]",
            b"[" * 100_000,
            b"\xff",
            b'[{"kind": "c", "values": [], "names": []}, []]',
            b'[{"kind": "a", "values": [0], "names": []}, []]',
            b'[{"kind": "a", "values": ["__class__"], "names": []}, []]',
            b'[{"kind": "a", "values": [], "names": [["1", "x"]]}, []]',
            b'[{"kind": "a", "values": [], "names": [], "other": 1}, []]',
            b'[{"kind": "a"}, []]',
            b'[0, [["object", [1]]]]',
            b'[0, [["O", [1]]]]',
            b'[0, [["uint8", [-1]]]]',
            b'[0, [["uint8", [1e3]]]]',
            b'[0, [["uint8", [10001]]]]',
            b'[0, [["float64", [4611686018427387904, 4]]]]',
        ],
    )
    def test_other_data_are_refused(self, text: bytes) -> None:
        with pytest.raises(OtherDataError):
            self.raw(text)

    def test_a_length_beyond_reason_is_refused_before_it_is_allocated(self) -> None:
        with pytest.raises(OtherDataError, match="bytes of text"):
            self.raw(b"", length=2**60)

    def test_an_end_too_soon(self) -> None:
        with pytest.raises(EOFError):
            self.raw(b"[", length=5)
        with pytest.raises(EOFError):
            self.raw(b'[0, [["uint8", [100]]]]', Tensor)

    @given(
        plain=st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([f.name for f in fields(Sample)]), inner),
        )
    )
    def test_any_json_is_a_value_of_the_kind_or_refused(self, plain: object) -> None:
        import json

        text = json.dumps([plain, []]).encode()
        try:
            found = self.raw(text, Sample | int)
        except OtherDataError:
            return
        assert type(found) in (Sample, int)

    def test_all_of_a_job_and_of_a_result_come_back(self) -> None:
        legend = mc.make_legend([{"name": "a"}, {"name": "b", "colour": "#FF0000"}], where="l")
        asked = pair(choices=mc.Choices(legend=legend, ignore_label=None, target_first_label=1))
        assert same(self.passed(asked, Job), asked)
        done = read(pair(prediction=SCORES), ignore)
        assert same(self.passed(done, Read), done)
