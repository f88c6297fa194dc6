"""What can go wrong with the raw log.

RawLogError
├── SpoolError             the record was not kept; no part of it is on disk
│   ├── SpoolFull          the spool's bound or the disk is reached: refuse traffic, or drop and count
│   ├── SpoolFailed        the disk failed in another way
│   └── SpoolClosed        the process is stopping
├── WriterIdTaken          another living process writes under this id
└── SegmentDamaged         what a row points to in a segment cannot be read
"""


class RawLogError(Exception):
    """Anything the raw log raises."""


class SpoolError(RawLogError):
    """The record was not kept; no part of it is on disk."""


class SpoolFull(SpoolError):
    """The spool's bound or the disk is reached."""


class SpoolFailed(SpoolError):
    """The disk failed in another way than being full."""


class SpoolClosed(SpoolError):
    """The spool takes no more records, since the process is stopping."""


class WriterIdTaken(RawLogError):
    """Another living process writes under this id."""


class SegmentDamaged(RawLogError):
    """What a row points to in a segment cannot be read."""
