"""The process's one connection to the api, shared by the routes and by every run of the script."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

from app.api_client.answers import Answers
from app.api_client.client import ApiClient
from app.api_client.visitors import Visitors

_THREADS = 16


@dataclass(frozen=True)
class Connection:
    """The client and what is remembered of its answers."""

    api: ApiClient
    visitors: Visitors
    answers: Answers
    threads: ThreadPoolExecutor


@cache
def connect(api_url: str) -> Connection:
    """Returns the connection to that api, always the same one."""
    api = ApiClient(api_url)
    return Connection(api, Visitors(api), Answers(api), ThreadPoolExecutor(_THREADS, thread_name_prefix="ask"))
