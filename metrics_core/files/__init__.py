"""Files: a user's own masks and scores read safely: .npy, .npz, PNG, and .zip archives of these.

Nothing is unpickled, evaluated, extracted to disk or allocated on the word of a header; every refusal is a `FileError`.
"""

from metrics_core.files.choices import Choices, UserData
from metrics_core.files.csv_cells import escape_csv_cell, safe_csv
from metrics_core.files.limits import Limits
from metrics_core.files.loading import Inference, Upload
from metrics_core.files.pairs import read_pair
from metrics_core.files.refusals import FileError, clean_name, display_name
from metrics_core.files.stacks import ArrayStack, read_arrays

__all__ = [
    "ArrayStack",
    "Choices",
    "FileError",
    "Inference",
    "Limits",
    "Upload",
    "UserData",
    "clean_name",
    "display_name",
    "escape_csv_cell",
    "read_arrays",
    "read_pair",
    "safe_csv",
]
