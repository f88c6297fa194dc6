"""What can go wrong with an object store.

ObjectStoreError
├── InvalidKey         the key could not be stored everywhere: change it
├── NotFound           there is no object of that key
└── StoreUnavailable   the store did not do it, and may or may not have begun: try again later
"""


class ObjectStoreError(Exception):
    """Anything an object store raises."""


class InvalidKey(ObjectStoreError):
    """The key breaks the rules that every store can follow."""


class NotFound(ObjectStoreError):
    """There is no object of that key."""


class StoreUnavailable(ObjectStoreError):
    """The store could not be reached, is full, refused us or failed."""
