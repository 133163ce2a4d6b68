"""Writes iris.bin, breast_cancer.bin and digits.bin beside this file, from scikit-learn 1.9.1's data sets.

Every number in them has at most four significant digits: it is mantissa / 10^decimals, with
mantissa < 10240. What is written compresses well: rows by class, then column by column, first the upper
parts of all numbers, then the lower bytes of their mantissas.

    classes       n_rows bytes, in the data set's order
    bases         n_columns little-endian i16
    upper parts   n_columns * n_rows bytes: 40 * (-decimals) + mantissa // 256, less the column's base
    lower parts   n_columns * n_rows bytes: mantissa % 256
"""

import pathlib
from decimal import Decimal

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris

UPPER = 40


def split(x, fill):
    """Mantissa and decimals. With `fill`, of as many digits as fit: numbers of one column then look alike."""
    _, digits, exponent = Decimal(repr(float(x))).normalize().as_tuple()
    mantissa, decimals = int("".join(map(str, digits))), -exponent
    while decimals < 0 or (fill and 0 < mantissa < 1000):
        mantissa, decimals = mantissa * 10, decimals + 1
    assert mantissa < 256 * UPPER and mantissa / 10**decimals == x
    return mantissa, decimals


def pack(name, data, fill):
    order = np.argsort(data.target, kind="stable")
    cells = np.array([[split(x, fill) for x in row] for row in data.data[order]]).transpose(2, 1, 0)
    mantissa, decimals = cells
    # Zero is zero with any decimals: those of its column's smallest numbers.
    decimals = np.where(mantissa == 0, decimals.max(axis=1, keepdims=True), decimals)
    upper = UPPER * -decimals + mantissa // 256
    bases = upper.min(axis=1)
    parts = [
        data.target.astype("u1"),
        bases.astype("<i2"),
        (upper - bases[:, None]).astype("u1"),
        (mantissa % 256).astype("u1"),
    ]
    assert (upper - bases[:, None]).max() < 256
    pathlib.Path(__file__).with_name(f"{name}.bin").write_bytes(b"".join(part.tobytes() for part in parts))


pack("iris", load_iris(), fill=False)
pack("breast_cancer", load_breast_cancer(), fill=True)
pack("digits", load_digits(), fill=False)
