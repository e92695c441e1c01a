"""Files become rows: workbooks through calamine, text tables by their own encoding and separator.

What a file is, is told by its content and never by its name. Rows keep the numbers that Excel shows. The reading itself
is done by a process of its own, under limits of memory and time.
"""

from collections.abc import Sequence
from typing import TypeAlias

from reviewdesk.intake.reading.kinds import begins_soon
from reviewdesk.intake.reading.packing import Cell, Columns, PackedRows
from reviewdesk.intake.reading.source import Merge, Sheet, Source, open_source, unlock

Rows: TypeAlias = Sequence[Sequence[Cell]]

__all__ = ["Cell", "Columns", "Merge", "PackedRows", "Rows", "Sheet", "Source", "begins_soon", "open_source", "unlock"]
