"""Memory: what is done once a process so that a rerun stays quick."""

from __future__ import annotations

import gc
from functools import cache

import torch


@cache
def leave_libraries_alone() -> None:
    """Keep what the first run has imported out of garbage collection, and torch on one thread.

    Streamlit collects all garbage after every run, and walking through torch's and Plotly's objects each time takes
    longer than everything else that a toggle does. What is left after counting is small: threads that wait for each
    other would only take the cores from the browser.
    """
    torch.set_num_threads(1)
    gc.freeze()
