# mypy: allow-untyped-defs, allow-untyped-calls
"""Arrays whose references nobody counts, for kernels that inline functions over a state of many arrays.

Each time an inlined function takes an array out of such a state, its references are counted up and down:
two atomic operations, and together they may take longer than all the rest of a loop.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


def _uncounted(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, types.NamedTuple | types.NamedUniTuple):
        for k, field in enumerate(kind.types):
            one = _uncounted(context, builder, field, builder.extract_value(value, k))
            value = builder.insert_value(value, one, k)
        return value
    if not isinstance(kind, types.Array):
        return value
    array = context.make_array(kind)(context, builder, value)
    array.meminfo = ir.Constant(array.meminfo.type, None)
    array.parent = ir.Constant(array.parent.type, None)
    return array._getvalue()


def _bare(typing_context: Any, arrays: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _uncounted(context, builder, signature.args[0], args[0])

    return arrays(arrays), generate


bare: Any = intrinsic(_bare)
"""The same array, or a tuple with the same arrays; the caller's must live on while they are used."""
