# mypy: allow-untyped-defs, allow-untyped-calls
"""The log of the topics' stage: posts on topics, and the acts on them, with what is known of each."""

import numpy as np
from numba import njit

from detector.engine.follows import FRESH_MINUTES, YOUNG_MINUTES
from detector.engine.rows import HAS_CREATED, HEAD_AT, strings_of
from detector.engine.topics_rows import (
    AGED,
    BIT,
    BITS,
    ENTRIES,
    FRESH,
    HAS_DEVICE,
    LATEST,
    LOGGED,
    SAME_DEVICE,
    YOUNG,
)
from models.names import append

_OBJECT, _AUX = HEAD_AT["object"], HEAD_AT["aux"]


@njit(inline="always")
def _length(heap, at):
    return np.int64(heap[at]) | np.int64(heap[at + 1]) << 8


@njit(inline="always")
def enter(state, event, heap, at, bits, posted):
    """Enters a post, or an act on one, in the log of its topic."""
    topic = state.topics[at]
    device = np.uint16(event.device >> np.uint64(48))
    who = np.uint32(event.actor >> np.uint64(32))
    if event.seen < FRESH_MINUTES:
        bits |= FRESH
    if event.flags & HAS_CREATED:
        bits |= AGED
        if (event.ts - event.created) // 60000 < YOUNG_MINUTES:
            bits |= YOUNG
    if device != 0:
        bits |= HAS_DEVICE
        for k in range(LATEST):
            if topic.device[k] == device and topic.who[k] != who:
                bits |= SAME_DEVICE
        place_ = topic.entries % LATEST
        topic.device[place_] = device
        topic.who[place_] = who
    sequence = state.counters[LOGGED]
    slot = sequence & (len(state.log) - 1)
    state.log_dirty[slot] = 1
    entry = state.log[slot]
    entry.ts = event.ts
    entry.actor, entry.author, entry.content = event.actor, event.subject, event.object
    entry.topic = at
    back = sequence + 1 - topic.end
    entry.back = back if topic.end > 0 and back < len(state.log) else 0
    entry.ip, entry.device = np.uint16(event.ip >> np.uint64(48)), device
    entry.bits = bits
    head = np.int64(event.heap_at)
    text, id_length, actor_length, subject_length = strings_of(heap, head)
    entry.lengths[0], entry.lengths[1], entry.lengths[2], entry.lengths[3] = id_length, actor_length, 0, 0
    names, dirty, position = state.names, state.names_dirty, state.names_position
    entry.names_at = append(names, dirty, position, heap, text, id_length)
    text += id_length
    append(names, dirty, position, heap, text, actor_length)
    if posted:
        text += actor_length + subject_length
        object_length, aux_length = _length(heap, head + _OBJECT), _length(heap, head + _AUX)
        append(names, dirty, position, heap, text, object_length)
        append(names, dirty, position, heap, text + object_length, aux_length)
        entry.lengths[2], entry.lengths[3] = object_length, aux_length
    topic.end = sequence + 1
    topic.entries += 1
    state.counters[LOGGED] = sequence + 1
    usual = state.usual
    usual[ENTRIES] += 1.0
    for k in range(BITS):
        if bits >> k & 1:
            usual[BIT + k] += 1.0
