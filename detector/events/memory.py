# mypy: allow-untyped-defs, allow-untyped-calls, disable-error-code="no-any-return"
"""Eight bytes at a time, at any address: loads and stores for kernels that walk over bytes.

Nothing is checked. The caller sees to it that eight bytes are there.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_BYTE = ir.IntType(8)
_WORD = ir.IntType(64)


def _address(context, builder, array_type, array, at):
    data = cgutils.create_struct_proxy(array_type)(context, builder, value=array).data
    return builder.bitcast(builder.gep(data, [at]), _WORD.as_pointer())


@intrinsic
def load(typing_context, array, at):
    """The little-endian word at byte `at` of a contiguous uint8 array."""

    def generate(context, builder, signature, args):
        word = builder.load(_address(context, builder, signature.args[0], *args))
        word.align = 1
        return word

    return types.uint64(array, types.int64), generate


@intrinsic
def store(typing_context, array, at, word):
    """Writes `word` to the eight bytes from `at`, little-endian."""

    def generate(context, builder, signature, args):
        put = builder.store(args[2], _address(context, builder, signature.args[0], args[0], args[1]))
        put.align = 1
        return context.get_dummy_value()

    return types.none(array, types.int64, types.uint64), generate
