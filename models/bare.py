# mypy: allow-untyped-defs, allow-untyped-calls
"""Arrays whose references nobody counts, for kernels that inline functions over a state of many arrays.

Each time an inlined function takes an array out of such a state, its references are counted up and down:
two atomic operations, and together they may take longer than all the rest of a loop.
"""

import numpy as np
from numba import njit

from models.memory import address_of, at_address, carray

U1, U8, I8, F8 = (np.dtype(kind) for kind in ("u1", "u8", "i8", "f8"))


@njit(inline="always")
def bare(array, dtype):
    """The same contiguous memory as an array of its own; the caller's must live on while it is used.

    `dtype` is a constant of the module, as compiled code has to know it.
    """
    return carray(at_address(address_of(array)), len(array), dtype)
