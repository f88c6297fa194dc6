"""Which door a path belongs to, where several could claim it."""

import pytest

from gateway.caller.head import Head
from gateway.logged.doors import log_door
from gateway.routing.unified import api_path, default_provider, is_deployment, is_listing, unified_target
from gateway.targets.doors import Doors
from gateway.targets.hosts import AllowedHosts
from providers.catalog import load_catalog

CATALOG = load_catalog()
DOORS = Doors(CATALOG, AllowedHosts(CATALOG, (), ()))


def door(method: str, path: str) -> str:
    """Names the door that takes a path, in the order in which the app asks them."""
    if log_door(path) is not None:
        return "log"
    if not is_deployment(path) and DOORS.provider_target(path) is not None:
        return "provider"
    target = unified_target(path)
    if target is None:
        return "service"
    return "models" if is_listing(method, path) else "unified"


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/v1/chat/completions", "unified"),
        ("POST", "/v1/v1/chat/completions", "unified"),
        ("POST", "/v1/messages/count_tokens", "unified"),
        ("GET", "/v1/responses/resp_1", "unified"),
        ("POST", "/v1beta/models/gemini-2.5-flash:generateContent", "unified"),
        ("POST", "/v1alpha/models/gemini-2.5-flash:generateContent", "unified"),
        ("POST", "/openai/deployments/gpt-4o/chat/completions", "unified"),
        ("DELETE", "/v1/models/ft:gpt-4o-mini:acme::1", "unified"),
        ("POST", "/v1/logs/none", "unified"),
        ("GET", "/v1/models", "models"),
        ("GET", "/v1/v1/models", "models"),
        ("GET", "/v1/models/meta-llama/Llama-3", "models"),
        ("GET", "/v1/models/ft:gpt-4o-mini:acme::1", "models"),
        ("GET", "/v1beta/models", "models"),
        ("GET", "/v1beta/models/gemini-2.5-flash", "models"),
        ("POST", "/v1/traces", "log"),
        ("POST", "/v1/metrics", "log"),
        ("POST", "/v1/logs", "log"),
        ("POST", "/v1/trace/log", "log"),
        ("POST", "/v1/trace/custom/v1/log", "log"),
        ("POST", "/custom/v1/log", "log"),
        ("POST", "/oai/v1/log", "log"),
        ("POST", "/anthropic/v1/log", "log"),
        ("POST", "/openai/v1/chat/completions", "provider"),
        ("POST", "/openai/deployments", "provider"),
        ("POST", "/azure/openai/deployments/gpt-4o/chat/completions", "provider"),
        ("POST", "/v1/gateway/oai/v1/chat/completions", "provider"),
        ("POST", "/v1/gateway/nobody/v1/chat/completions", "service"),
        ("GET", "/", "service"),
        ("GET", "/v1", "service"),
        ("GET", "/v1/", "service"),
        ("GET", "/healthz", "service"),
        ("GET", "/metrics", "service"),
        ("GET", "/opnai/v1/models", "service"),
    ],
)
def test_every_path_has_one_door(method: str, path: str, name: str):
    assert door(method, path) == name


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/v1/v1/v1/chat/completions", "/v1/chat/completions"),
        ("/v1/v1beta/models/x:generateContent", "/v1beta/models/x:generateContent"),
        ("/openai/deployments/gpt%2D4o/chat/completions", "/v1/chat/completions"),
        ("/v1/files/v1/content", "/v1/files/v1/content"),
    ],
)
def test_paths_as_the_providers_have_them(path: str, written: str):
    assert api_path(path) == written


@pytest.mark.parametrize(
    ("path", "headers", "provider"),
    [
        ("/v1/files", [], "openai"),
        ("/v1/files", [(b"anthropic-version", b"2023-06-01")], "anthropic"),
        ("/v1/messages/batches", [], "anthropic"),
        ("/v1beta/files", [], "google"),
        ("/v1/files", [(b"x-goog-api-key", b"k")], "google"),
    ],
)
def test_the_client_tells_the_default_provider(path: str, headers: list[tuple[bytes, bytes]], provider: str):
    assert default_provider(path, Head(headers)) == provider
