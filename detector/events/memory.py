# mypy: ignore-errors
"""Eight bytes at a time, at any address: loads, stores and the hash step of kernels that walk over bytes.

Nothing is checked. The caller sees to it that eight bytes are there, and that their array lives on.

Addresses are plain integers, not arrays, for speed: numba counts references of arrays where functions are
inlined, and two atomic operations cost more than hashing a short string.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

_WORD = ir.IntType(64)
_DOUBLE = ir.IntType(128)


@njit(inline="always")
def address_of(array):
    """The address of a contiguous array's first byte."""
    return np.int64(array.ctypes.data)


@intrinsic
def load(typing_context, address):
    """The little-endian word at an address."""

    def generate(context, builder, signature, args):
        word = builder.load(builder.inttoptr(args[0], _WORD.as_pointer()))
        word.align = 1
        return word

    return types.uint64(types.int64), generate


@intrinsic
def store(typing_context, address, word):
    """Writes `word` to the eight bytes at an address, little-endian."""

    def generate(context, builder, signature, args):
        put = builder.store(args[1], builder.inttoptr(args[0], _WORD.as_pointer()))
        put.align = 1
        return context.get_dummy_value()

    return types.none(types.int64, types.uint64), generate


@intrinsic
def fold(typing_context, a, b):
    """Both halves of the 128-bit product of two words, xored: `models.hashing.mix` in one multiplication."""

    def generate(context, builder, signature, args):
        product = builder.mul(builder.zext(args[0], _DOUBLE), builder.zext(args[1], _DOUBLE))
        high = builder.trunc(builder.lshr(product, _DOUBLE(64)), _WORD)
        return builder.xor(builder.trunc(product, _WORD), high)

    return types.uint64(types.uint64, types.uint64), generate
