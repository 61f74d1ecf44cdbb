"""Tables as logs: Parquet, Arrow (Feather), ORC and Avro, looked at column by column.

``table`` opens one and frames what is found by rows, ``columns`` takes apart what a column holds, ``search`` finds
cells with matches in a column, ``names`` says what the name of a column means, ``avro`` reads containers of Avro.
"""

from __future__ import annotations

from logscrub.sources.tables.table import CellMatches, Table, is_table

__all__ = ["CellMatches", "Table", "is_table"]
