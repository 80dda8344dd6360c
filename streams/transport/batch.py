"""What the transport hands over, and how it fails."""

from collections.abc import Mapping
from typing import NamedTuple

from faust.types import TP

from streams.transport.records import Records

#: Offset of the next record to read, and the text stored with it (at most the broker's
#: ``offset.metadata.max.bytes``, 4096 bytes by default).
Committed = tuple[int, str]
Offsets = Mapping[TP, Committed]


class RecordBatch(NamedTuple):
    """Records of one partition, as fetched.

    `records` are in order of offset, never empty; as a sequence they are aiokafka's `ConsumerRecord`.
    `generation` is the group's generation in which they were fetched: hand it to `BatchedApp.commit`.
    """

    tp: TP
    records: Records
    generation: int

    @property
    def next_offset(self) -> int:
        """Offset after the last record: what to commit once the batch is done."""
        return int(self.records.offsets[-1]) + 1


class TransportError(Exception):
    """The transport could not keep a promise."""


class CommitRefusedError(TransportError):
    """The partitions belong to another generation of the group: nothing was committed.

    Not an accident: whoever owns the partitions now starts from the last commit that went through.
    """


class CommitError(TransportError):
    """The broker did not take the commit, or did not answer in time."""


class DeliveryError(TransportError):
    """At least one record was not acknowledged by the broker; others may have been."""
