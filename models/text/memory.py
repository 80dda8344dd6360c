# mypy: ignore-errors
"""Arrays by their address: what kernels that call one another pass instead of arrays.

An array that is handed on costs its descriptor on the stack and two atomic operations on its count of
references; a state of twenty arrays costs more so than looking up a text does. A `Block` is one address.
Nothing is checked: whoever makes a block keeps it, and it keeps its arrays.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

_WORD = ir.IntType(64)


class Block:
    """Addresses and lengths of arrays, for `pointer`, `length` and `carray`.

    Attributes:
        address: of the block itself.
    """

    def __init__(self, *arrays: np.ndarray) -> None:
        if not all(array.flags.c_contiguous for array in arrays):
            raise ValueError("only contiguous arrays have an address that says it all")
        self._arrays = arrays
        self._places = np.array([(array.ctypes.data, len(array)) for array in arrays], np.int64).reshape(-1)
        self.address = int(self._places.ctypes.data)


def _at_address(typing_context, address):
    def generate(context, builder, signature, args):
        return builder.inttoptr(args[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.int64), generate


def _load(typing_context, address):
    def generate(context, builder, signature, args):
        word = builder.load(builder.inttoptr(args[0], _WORD.as_pointer()))
        word.align = 1
        return word

    return types.uint64(types.int64), generate


def _fetch(typing_context, address):
    def generate(context, builder, signature, args):
        byte, flag = ir.IntType(8), ir.IntType(32)
        function = builder.module.globals.get("llvm.prefetch.p0")
        if function is None:
            kind = ir.FunctionType(ir.VoidType(), [byte.as_pointer(), flag, flag, flag])
            function = ir.Function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [builder.inttoptr(args[0], byte.as_pointer()), flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.none(types.int64), generate


at_address: Any = intrinsic(_at_address)
"""An address as a pointer, for `carray`."""
load: Any = intrinsic(_load)
"""The little-endian word at any address."""
fetch: Any = intrinsic(_fetch)
"""Begins to load what stands at an address."""
carray: Any = numba.carray


@njit
def pointer(block, k):
    """The address of array `k` of a block."""
    return np.int64(load(block + 16 * k))


@njit
def length(block, k):
    """The length of array `k` of a block."""
    return np.int64(load(block + 16 * k + 8))


@njit
def bytes_of(block, k):
    return carray(at_address(pointer(block, k)), length(block, k), np.uint8)


@njit
def ints_of(block, k):
    return carray(at_address(pointer(block, k)), length(block, k), np.int64)


@njit
def doubles_of(block, k):
    return carray(at_address(pointer(block, k)), length(block, k), np.float64)
