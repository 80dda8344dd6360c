"""The stages of the engine, and what they hand to one another."""

# Says where compiled kernels are kept, before any is declared.
import models  # noqa: F401
