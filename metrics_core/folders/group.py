"""Group: the processes of one run, alone or started by torchrun on one machine or many."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray

from metrics_core.arguments import refuse_unless_one_of
from metrics_core.files import FileError

Device = Literal["cpu", "cuda"]
# A process that is done waits for the slowest one; one that dies is noticed by torchrun, not by waiting.
_PATIENCE = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Group:
    """This process among those of the run; the device is where it counts and sends from."""

    rank: int
    size: int
    device: torch.device

    def agree(self, make: Callable[[], str]) -> str:
        """The text that the first process makes, in all of them.

        Raises:
            FileError: it could not be made; all processes raise what the first one did.
        """
        text, error = "", ""
        if self.rank == 0:
            try:
                text = make()
            except FileError as raised:
                error = str(raised)
        if self.size > 1:
            text, error = json.loads(self._broadcast(json.dumps([text, error])))
        if error:
            raise FileError(error)
        return text

    def holders(self, here: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The first process that has each item; size where none has it."""
        ranks = torch.from_numpy(np.where(here, self.rank, self.size)).to(self.device)
        if self.size > 1:
            dist.all_reduce(ranks, dist.ReduceOp.MIN)
        return ranks.cpu().numpy()

    def to_first(self, content: bytes) -> None:
        """Send bytes to the first process, which calls from_other."""
        data = self._tensor(content)
        dist.send(torch.tensor([len(content)], device=self.device), 0)
        dist.send(data, 0)

    def from_other(self, source: int) -> bytes:
        """Bytes that another process sends."""
        size = torch.zeros(1, dtype=torch.int64, device=self.device)
        dist.recv(size, source)
        data = torch.zeros(int(size), dtype=torch.uint8, device=self.device)
        dist.recv(data, source)
        return data.cpu().numpy().tobytes()

    def wait(self) -> None:
        """Go on once all processes are here."""
        self.holders(np.zeros(1, np.bool_))

    def _broadcast(self, text: str) -> str:
        content = text.encode()
        size = torch.tensor([len(content)], device=self.device)
        dist.broadcast(size, 0)
        data = self._tensor(content) if self.rank == 0 else self._tensor(bytes(int(size)))
        dist.broadcast(data, 0)
        return data.cpu().numpy().tobytes().decode()

    def _tensor(self, content: bytes) -> torch.Tensor:
        return torch.from_numpy(np.frombuffer(content, np.uint8).copy()).to(self.device)


@contextmanager
def joined_group(device: Device = "cpu") -> Generator[Group]:
    """The group that torchrun started this process in (gloo on the CPU, nccl on GPUs), or one of this process alone.

    A group that the caller has made already is used as it is.

    Raises:
        FileError: a GPU is asked for and there is none.
    """
    refuse_unless_one_of(device, Device, "device", error=FileError)
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if device == "cuda" and not torch.cuda.is_available():
        raise FileError("expected a GPU that PyTorch can use, got none; count with device='cpu'")
    place = torch.device("cuda", local) if device == "cuda" else torch.device("cpu")
    mine = "WORLD_SIZE" in os.environ and int(os.environ["WORLD_SIZE"]) > 1 and not dist.is_initialized()
    if mine:
        if device == "cuda":
            torch.cuda.set_device(place)
        dist.init_process_group("nccl" if device == "cuda" else "gloo", timeout=_PATIENCE)
    many = dist.is_initialized()
    try:
        yield Group(rank=dist.get_rank() if many else 0, size=dist.get_world_size() if many else 1, device=place)
    finally:
        if mine:
            dist.destroy_process_group()
