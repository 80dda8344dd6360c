"""numba, imported without scipy's linear algebra.

As it starts numba looks for the BLAS of scipy, for linear algebra within kernels. Ours have none, and it
takes a third of the whole import's time.
"""

import sys

_BLAS = "scipy.linalg.cython_blas"

if _BLAS in sys.modules:
    from numba import config
else:
    # So Python is told that there is no such module; only for as long as numba looks for it.
    sys.modules[_BLAS] = None  # type: ignore[assignment]
    try:
        from numba import config
    finally:
        del sys.modules[_BLAS]

__all__ = ["config"]
