"""What can end an import; every message says how to go on.

ImportFailed
├── Refused        Helicone does not take the key, or not the question
├── Unreachable    it does not answer, or only with errors: run the import again later
└── BadPage        what it answered, or what a file holds, is no page of requests
"""


class ImportFailed(Exception):
    """Anything that ends an import."""


class Refused(ImportFailed):
    """Helicone does not take the key, or not the question."""


class Unreachable(ImportFailed):
    """Helicone does not answer, or only with errors."""


class BadPage(ImportFailed):
    """What should be a page of requests is none."""
