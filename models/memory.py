# mypy: ignore-errors
"""Memory by its address, for kernels: words at any place, marks of many bytes at once, blocks of arrays.

An array that is handed on costs its descriptor on the stack and, where functions are inlined, two atomic
operations on its count of references: more than hashing a short string; a state of twenty arrays costs more
than looking up a text does. So kernels that call one another pass plain integers.

Nothing is checked: the caller sees to it that the bytes are there, and that their array lives on.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

_BYTE, _FLAG, _WORD, _DOUBLE = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.IntType(128)
# Bytes that `special` and `newlines` look at.
WIDE = 32
_MANY = ir.VectorType(_BYTE, WIDE)


class Block:
    """Addresses and lengths of arrays, for `pointer`, `length` and `carray`.

    Whoever makes a block keeps it, and it keeps its arrays.

    Attributes:
        address: of the block itself.
    """

    def __init__(self, *arrays: np.ndarray) -> None:
        if not all(array.flags.c_contiguous for array in arrays):
            raise ValueError("only contiguous arrays have an address that says it all")
        self._arrays = arrays
        self._places = np.array([(array.ctypes.data, len(array)) for array in arrays], np.int64).reshape(-1)
        self.address = int(self._places.ctypes.data)


def _at(builder, address, kind):
    return builder.inttoptr(address, kind.as_pointer())


def _intrinsic(builder, name, result, *arguments):
    """A function of LLVM's own, by its name."""
    found = builder.module.globals.get(name)
    return found or ir.Function(builder.module, ir.FunctionType(result, arguments), name)


def _at_address(typing_context, address):
    def generate(context, builder, signature, args):
        return _at(builder, args[0], _BYTE)

    return types.voidptr(types.int64), generate


def _load(typing_context, address):
    def generate(context, builder, signature, args):
        word = builder.load(_at(builder, args[0], _WORD))
        word.align = 1
        return word

    return types.uint64(types.int64), generate


def _byte(typing_context, address):
    def generate(context, builder, signature, args):
        return builder.zext(builder.load(_at(builder, args[0], _BYTE)), _WORD)

    return types.int64(types.int64), generate


def _store(typing_context, address, word):
    def generate(context, builder, signature, args):
        put = builder.store(args[1], _at(builder, args[0], _WORD))
        put.align = 1
        return context.get_dummy_value()

    return types.none(types.int64, types.uint64), generate


def _fetch(typing_context, address):
    def generate(context, builder, signature, args):
        pointer = _BYTE.as_pointer()
        ask = _intrinsic(builder, "llvm.prefetch.p0", ir.VoidType(), pointer, _FLAG, _FLAG, _FLAG)
        builder.call(ask, [_at(builder, args[0], _BYTE), _FLAG(0), _FLAG(3), _FLAG(1)])
        return context.get_dummy_value()

    return types.none(types.int64), generate


def _fold(typing_context, a, b):
    def generate(context, builder, signature, args):
        product = builder.mul(builder.zext(args[0], _DOUBLE), builder.zext(args[1], _DOUBLE))
        high = builder.trunc(builder.lshr(product, _DOUBLE(64)), _WORD)
        return builder.xor(builder.trunc(product, _WORD), high)

    return types.uint64(types.uint64, types.uint64), generate


def _zeros(typing_context, word):
    def generate(context, builder, signature, args):
        count = _intrinsic(builder, "llvm.cttz.i64", _WORD, _WORD, ir.IntType(1))
        return builder.call(count, [args[0], ir.IntType(1)(0)])

    return types.int64(types.uint64), generate


def _ones(typing_context, word):
    def generate(context, builder, signature, args):
        return builder.call(_intrinsic(builder, "llvm.ctpop.i64", _WORD, _WORD), [args[0]])

    return types.int64(types.uint64), generate


def _many(builder, address):
    many = builder.load(_at(builder, address, _MANY))
    many.align = 1
    return many


def _bits(builder, found):
    return builder.zext(builder.bitcast(found, ir.IntType(WIDE)), _WORD)


def _like(value):
    return ir.Constant(_MANY, [ir.Constant(_BYTE, value)] * WIDE)


def _special(typing_context, address):
    def generate(context, builder, signature, args):
        many = _many(builder, args[0])
        # Signed, so that the bytes beyond ASCII are below the space as well.
        found = builder.icmp_signed("<", many, _like(0x20))
        for mark in b'"\\':
            found = builder.or_(found, builder.icmp_unsigned("==", many, _like(mark)))
        return _bits(builder, found)

    return types.uint64(types.int64), generate


def _newlines(typing_context, address):
    def generate(context, builder, signature, args):
        return _bits(builder, builder.icmp_unsigned("==", _many(builder, args[0]), _like(0x0A)))

    return types.uint64(types.int64), generate


def _alike(typing_context, address, mask, value):
    def generate(context, builder, signature, args):
        eight = ir.VectorType(_FLAG, 8)
        lanes = builder.load(_at(builder, args[0], eight))
        lanes.align = 4
        none = ir.Constant(eight, ir.Undefined)

        def spread(number):
            first = builder.insert_element(none, number, _FLAG(0))
            return builder.shuffle_vector(first, none, ir.Constant(eight, [_FLAG(0)] * 8))

        found = builder.icmp_unsigned("==", builder.and_(lanes, spread(args[1])), spread(args[2]))
        return builder.zext(builder.bitcast(found, _BYTE), _WORD)

    return types.uint64(types.int64, types.uint32, types.uint32), generate


def _move(typing_context, source, target):
    def generate(context, builder, signature, args):
        whole = ir.VectorType(_WORD, 16)
        words = builder.load(_at(builder, args[0], whole))
        put = builder.store(words, _at(builder, args[1], whole))
        words.align = put.align = 8
        return context.get_dummy_value()

    return types.none(types.int64, types.int64), generate


def _agreeing(typing_context, a, b):
    def generate(context, builder, signature, args):
        many = ir.VectorType(_FLAG, WIDE)
        one, other = (builder.load(_at(builder, address, many)) for address in args)
        one.align = other.align = 4
        found = builder.bitcast(builder.icmp_unsigned("==", one, other), _FLAG)
        count = _intrinsic(builder, "llvm.ctpop.i32", _FLAG, _FLAG)
        return builder.zext(builder.call(count, [found]), _WORD)

    return types.int64(types.int64, types.int64), generate


at_address: Any = intrinsic(_at_address)
"""An address as a pointer, for `carray`."""
load: Any = intrinsic(_load)
"""The little-endian word of eight bytes at an address."""
byte: Any = intrinsic(_byte)
"""The byte at an address, int64."""
store: Any = intrinsic(_store)
"""`store(address, word)` writes the eight bytes of a word (uint64) to an address, little-endian."""
fetch: Any = intrinsic(_fetch)
"""Begins to load what stands at an address."""
fold: Any = intrinsic(_fold)
"""Both halves of the 128-bit product of two words, xored: `models.hashing.mix` in one multiplication."""
zeros: Any = intrinsic(_zeros)
"""The zero bits below the lowest one of a word; 64 of 0."""
ones: Any = intrinsic(_ones)
"""The bits of a word that are set."""
special: Any = intrinsic(_special)
"""Which of the WIDE bytes at an address are no plain part of a JSON string, a bit each, the first one lowest.

Those are quotes, backslashes, controls, and all beyond ASCII.
"""
newlines: Any = intrinsic(_newlines)
"""Which of the WIDE bytes at an address are newlines, a bit each, the first one lowest."""
alike: Any = intrinsic(_alike)
"""`alike(address, mask, value)`: which of eight uint32 at an address are `value` under a mask, a bit each."""
agreeing: Any = intrinsic(_agreeing)
"""How many of the WIDE uint32 at one address are the same at another."""
move: Any = intrinsic(_move)
"""`move(source, target)` copies 128 bytes, an event's row, from address to address."""
carray: Any = numba.carray


@njit(inline="always")
def address_of(array):
    """The address of a contiguous array's first byte."""
    return np.int64(array.ctypes.data)


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
