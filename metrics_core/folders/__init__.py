"""Folders: a data set of any size counted from files by one process or many, and resumed after a stop."""

from metrics_core.folders.progress import Progress
from metrics_core.folders.run import evaluate_folders
from metrics_core.folders.task import FolderTask

__all__ = ["FolderTask", "Progress", "evaluate_folders"]
