"""Many processes: the same bytes as one, with unequal shares, without a share, without a shared disk, after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import metrics_core as mc
from tests.image_folders import ROOT, evaluate_command, group, write_folders

COMMAND = "import sys; from metrics_core.cli import main; main(sys.argv[1:])"
# Each process has its own disk: it writes to a folder of its own.
OWN_DISK = """
import os, sys
from metrics_core.cli import main
folder = os.path.join(os.path.dirname(sys.argv[-1]), os.environ["RANK"])
os.makedirs(folder)
main([*sys.argv[1:-1], os.path.join(folder, "run.stats")])
"""
# The second process is killed while it counts; the others wait for it in vain.
KILLED = """
import os, signal, sys
from metrics_core.cli import main
from metrics_core.folders.progress import Progress
advance, done = Progress.advance, 0
def dying(self):
    global done
    done += 1
    if os.environ["RANK"] == "1" and done == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    advance(self)
Progress.advance = dying
main(sys.argv[1:])
"""


@pytest.fixture
def alone(tmp_path: Path) -> tuple[mc.FolderTask, bytes]:
    """Seven images, and what one process makes of them."""
    task = write_folders(tmp_path, 7)
    mc.evaluate_folders(task, tmp_path / "alone.stats")
    return task, (tmp_path / "alone.stats").read_bytes()


def finish(processes: list[subprocess.Popen[str]]) -> list[str]:
    """Wait for all; what each wrote to stderr."""
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), outputs
    return [errors for _, errors in outputs]


@pytest.mark.parametrize("processes", [2, 3])
def test_unequal_shares_give_the_same_bytes(tmp_path: Path, alone: tuple[mc.FolderTask, bytes], processes: int) -> None:
    task, whole = alone
    told = finish(group(COMMAND, evaluate_command(task, tmp_path / "run.stats"), processes=processes))
    shares = [len(range(7)[rank::processes]) for rank in range(processes)]
    for rank, errors in enumerate(told):
        assert f"process {rank + 1} of {processes}: {shares[rank]} / {shares[rank]} images" in errors
    assert (tmp_path / "run.stats").read_bytes() == whole


def test_a_process_without_images(tmp_path: Path) -> None:
    task = write_folders(tmp_path, 2)
    mc.evaluate_folders(task, tmp_path / "alone.stats")
    finish(group(COMMAND, evaluate_command(task, tmp_path / "run.stats"), processes=3))
    assert (tmp_path / "run.stats").read_bytes() == (tmp_path / "alone.stats").read_bytes()


def test_machines_without_a_common_disk(tmp_path: Path, alone: tuple[mc.FolderTask, bytes]) -> None:
    task, whole = alone
    finish(group(OWN_DISK, evaluate_command(task, tmp_path / "run.stats"), processes=2))
    assert (tmp_path / "0" / "run.stats").read_bytes() == whole
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("[01]/*")) == ["0/run.stats"]


def test_a_killed_process_and_a_restart_with_another_number(tmp_path: Path, alone: tuple[mc.FolderTask, bytes]) -> None:
    task, whole = alone
    first, second = group(KILLED, evaluate_command(task, tmp_path / "run.stats"), processes=2)
    second.communicate(timeout=120)
    assert second.returncode == -signal.SIGKILL
    first.kill()  # as torchrun does with those that are left
    first.communicate(timeout=120)
    assert not (tmp_path / "run.stats").exists()
    assert 2 <= len(list((tmp_path / "run.stats.parts").glob("*.stats"))) <= 6
    mc.evaluate_folders(task, tmp_path / "run.stats")
    assert (tmp_path / "run.stats").read_bytes() == whole


def test_all_processes_say_what_the_first_one_found(tmp_path: Path) -> None:
    task = write_folders(tmp_path, 2)
    (tmp_path / "run.stats").write_text("mine")
    for process in group(COMMAND, evaluate_command(task, tmp_path / "run.stats"), processes=2):
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 1
        assert "metric-explorer: 'run.stats': expected a statistics file (.stats), got other data" in errors


def test_torchrun_starts_it(tmp_path: Path, alone: tuple[mc.FolderTask, bytes]) -> None:
    task, whole = alone
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*torchrun, "-m", "metrics_core.cli", *evaluate_command(task, tmp_path / "run.stats")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run.stats").read_bytes() == whole
