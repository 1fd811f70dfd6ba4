"""Files: a user's own masks and scores read safely: .npy, .npz, PNG, TIFF, NIfTI, NRRD, COCO JSON, CSV, .zip of these.

Nothing is unpickled, evaluated, extracted to disk or allocated on the word of a header; every refusal is a `FileError`.
"""

from metrics_core.files.choices import Choices, UserData
from metrics_core.files.csv_cells import escape_csv_cell, safe_csv
from metrics_core.files.formats import EXTENSIONS
from metrics_core.files.legends import Legend, LegendEntry, make_legend, read_legend
from metrics_core.files.limits import Limits
from metrics_core.files.loading import Inference, Upload
from metrics_core.files.models import UserModels, read_models
from metrics_core.files.pairs import read_pair
from metrics_core.files.refusals import FileError, display_name
from metrics_core.files.sanity import Caution, find_cautions
from metrics_core.files.served import list_served, read_served, served_root
from metrics_core.files.sessions import Session, read_session, session_bytes
from metrics_core.files.splitting import ModelFiles, split_models
from metrics_core.files.stacks import read_arrays

__all__ = [
    "EXTENSIONS",
    "Caution",
    "Choices",
    "FileError",
    "Inference",
    "Legend",
    "LegendEntry",
    "Limits",
    "ModelFiles",
    "Session",
    "Upload",
    "UserData",
    "UserModels",
    "display_name",
    "escape_csv_cell",
    "find_cautions",
    "list_served",
    "make_legend",
    "read_arrays",
    "read_legend",
    "read_models",
    "read_pair",
    "read_served",
    "read_session",
    "safe_csv",
    "served_root",
    "session_bytes",
    "split_models",
]
