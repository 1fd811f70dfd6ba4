"""Members: which array of an .npz belongs to a role."""

from __future__ import annotations

from collections.abc import Sequence

from metrics_core.files.archives import Archive
from metrics_core.files.decoding import Role
from metrics_core.files.formats import check_extension
from metrics_core.files.refusals import clean_name, display_member, display_name, display_names, refusal

# Names people give the arrays of one .npz, best first.
_MEMBERS: dict[Role, tuple[str, ...]] = {
    "target": ("target", "targets", "label", "labels", "mask", "masks", "ground_truth", "y_true"),
    "prediction": ("probabilities", "scores", "logits", "prediction", "predictions", "pred", "y_pred"),
    "image": ("image", "images"),
}


def choose_member(archive: Archive, *, role: Role, wanted: str | None) -> tuple[str, str, str]:
    """The member that is the role's array, its name to display, and the reason; no reason where it was asked for.

    Raises:
        FileError: a member that is no array, none of the wanted name, or several that could be meant.
    """
    where, keys = display_name(archive.name), {name.removesuffix(".npy"): name for name in archive.members}
    for name in archive.members:
        check_extension(name, allowed=("npy",), where=display_member(archive.name, name))
    if wanted is not None:
        if wanted in keys:
            return keys[wanted], clean_name(wanted), ""
        expected = f"a member {display_name(wanted)}"
        raise refusal(where, expected=expected, got=display_names(list(keys)), todo="choose one of these")
    key, why = _member_of(list(keys), role)
    if key is None:
        todo = f"rename one to {_MEMBERS[role][0]}, or pass {role}_member"
        expected = f"one member that is the {role}"
        raise refusal(where, expected=expected, got=display_names(list(keys)), todo=todo)
    return keys[key], clean_name(key), why


def _member_of(keys: Sequence[str], role: Role) -> tuple[str | None, str]:
    """The member of an .npz that is the role's array, with the reason; None where several or none could be."""
    for word in _MEMBERS[role]:
        if word in keys:
            return word, f"the archive has a member of this name besides {len(keys) - 1} more"
        similar = [key for key in keys if key.startswith(f"{word}_")] if role == "prediction" else []
        if len(similar) > 1:
            return None, ""
        if similar:
            return similar[0], "the only member whose name starts so"
    return (keys[0], "the archive has no other member") if len(keys) == 1 else (None, "")
