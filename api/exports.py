"""Writes rows of any number into a file, a piece at a time, in the formats people take away.

They are the formats of `api/formats.py`, but for one answer as a whole.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Literal

import pyarrow as pa
import pyarrow.parquet

from api.formats import WRITERS, csv_of, json_lines_of
from hql.serving.execute import ResultColumn

ExportFormat = Literal["csv", "jsonl", "parquet", "arrow"]

Write = Callable[[pa.RecordBatch], object]


def extension_of(format: ExportFormat) -> str:
    return WRITERS[format].extension


def media_type_of(format: ExportFormat) -> str:
    return WRITERS[format].media_type


@contextmanager
def writer(
    format: ExportFormat, schema: pa.Schema, columns: tuple[ResultColumn, ...], file: BinaryIO
) -> Iterator[Write]:
    """Gives what writes a batch of rows; the file is complete when the context ends."""
    typed = pa.schema(
        [field.with_metadata({"clickhouse_type": column.type}) for field, column in zip(schema, columns, strict=True)]
    )
    if format == "csv":
        file.write(csv_of(schema.empty_table(), with_names=True))
        yield lambda batch: file.write(csv_of(pa.table(batch), with_names=False)) if batch.num_rows else 0
    elif format == "jsonl":
        yield lambda batch: file.writelines(json_lines_of(pa.table(batch)))
    elif format == "parquet":
        with pyarrow.parquet.ParquetWriter(file, typed, compression="zstd") as parquet:
            yield lambda batch: parquet.write_batch(batch.cast(typed))
    else:
        with pa.ipc.new_stream(file, typed, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
            yield lambda batch: stream.write_batch(batch.cast(typed))
