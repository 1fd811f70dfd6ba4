"""Tables in Markdown, whose cells wrap: for sentences beside numbers."""

from collections.abc import Sequence

from app.views.text import escape_markdown


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[str] = ()) -> str:
    """Returns a table of plain texts; the columns named in numbers are aligned to the right."""
    rule = [" ---: " if column in numbers else " --- " for column in columns]
    lines = [[f" :small[{escape_markdown(text)}] " if text else " " for text in row] for row in (columns, *rows)]
    return "\n".join("|" + "|".join(cells) + "|" for cells in (lines[0], rule, *lines[1:]))
