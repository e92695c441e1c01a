"""The files that are read, by how their names end. What a file is, its content says; here is what people are told."""

from typing import Final

WORKBOOKS: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".et", ".ods")
DELIMITED: Final = (".csv", ".tsv")
"""Text whose name says that it is a table."""

TEXT: Final = ".txt"
"""Text that may be a table, or a note beside tables."""

ARCHIVE: Final = ".zip"

TABLES: Final = (*WORKBOOKS, *DELIMITED, TEXT)
UPLOADED: Final = (*TABLES, ARCHIVE)
