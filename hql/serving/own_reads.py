"""What an answer says of reading: as little as possible of other organizations' rows.

The engine reads blocks of some 8,000 rows, and counts all of a block: rows of others that stand beside ours, and blocks
of a day of which the organization has no row. Told as they are, the counts would say how many rows others have there.
"""

from dataclasses import replace

from hql.serving.execute import Answer

TOLD_WHOLE = 1 << 16
"""An organization with fewer rows than this, eight blocks, is told that all of them were read, whatever was."""

_STEP_BYTES = 1 << 20


def told(answer: Answer, own_rows: int) -> Answer:
    """Returns the answer with counts of at most the rows that the organization has in the tables, and whole MiB."""
    rows = own_rows if own_rows < TOLD_WHOLE else min(answer.read_rows, own_rows)
    bytes_of_these = answer.read_bytes * rows // max(1, answer.read_rows)
    return replace(answer, read_rows=rows, read_bytes=(bytes_of_these // _STEP_BYTES + 1) * _STEP_BYTES)
