# mypy: allow-untyped-defs, allow-untyped-calls
"""Asks the processor for a row of an array before it is needed.

State is touched at random: without this, a kernel waits for memory at every event. Kernels ask some sixteen
events ahead.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _prefetch(typingctx: Any, array: Any, index: Any) -> Any:
    signature = types.void(array, index)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        stride = cgutils.unpack_tuple(builder, view.strides, 1)[0]
        at = builder.mul(context.cast(builder, arguments[1], signature.args[1], types.intp), stride)
        byte = ir.IntType(8)
        pointer = builder.gep(builder.bitcast(view.data, byte.as_pointer()), [at])
        flag = ir.IntType(32)
        function = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [byte.as_pointer(), flag, flag, flag]),
            "llvm.prefetch.p0",
        )
        builder.call(function, [pointer, flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return signature, codegen


prefetch: Any = intrinsic(_prefetch)
"""`prefetch(array, index)` begins to load a row of an array of one dimension; any index will do."""
