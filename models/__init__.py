"""Numbers in, numbers out: tables, windows, sketches, tails, texts; nothing here knows what an event is."""

from models.cache import use_own_cache

# Before any kernel is declared.
use_own_cache()
