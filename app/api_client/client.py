"""The dashboard's own client of the api: who is looking, what landed, and answers of HQL.

One `ApiClient` serves the whole process and is safe to use from many threads; the viewer's credential comes with each
call. Pages never see HTTP: they get values of `values.py`, or an error of `errors.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar, cast
from urllib.parse import quote

import httpx
import msgspec
import polars as pl
import pyarrow as pa

from app.api_client.deletion_values import Deletion, Deletions, NewDeletion, Retention
from app.api_client.errors import Unavailable, error_of
from app.api_client.key_values import (
    ApiKey,
    ApiKeys,
    MadeKey,
    NewKey,
    NewProviderKey,
    ProviderKey,
    ProviderKeys,
    StorableProvider,
    StorableProviders,
)
from app.api_client.price_values import NewPrice, OwnPrice, OwnPrices
from app.api_client.query_values import Export, Exports, PastQueries, PastQuery, SavedQueries, SavedQuery
from app.api_client.values import Answer, CacheState, Freshness, Me, Schema, Session, Side, StoredRequest

T = TypeVar("T")
FileFormat = Literal["csv", "parquet"]


@dataclass(frozen=True)
class Credential:
    """What a viewer's calls are made with: the session's token and the organization looked at."""

    token: str
    organization_id: str | None = None


@dataclass(frozen=True)
class Query:
    """HQL with its parameters."""

    sql: str
    parameters: Mapping[str, object]


class ApiClient:
    """Calls of the dashboard to the api; every one may raise ApiError."""

    def __init__(self, base_url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=httpx.Timeout(40, connect=3), transport=transport)

    def sign_in(self, email: str, password: str, address: str) -> Session:
        """Opens a session for whoever came from that address; raises SignedOut where the two do not fit."""
        return self._session("/v1/auth/sign-in", {"email": email, "password": password}, address)

    def redeem(self, token: str, address: str) -> Session:
        """Opens a session for a one-time link; raises SignedOut for one that was used or has expired."""
        return self._session("/v1/auth/redeem", {"token": token}, address)

    def sign_out(self, token: str) -> None:
        """Ends the session."""
        self._call("POST", "/v1/auth/sign-out", Credential(token))

    def me(self, credential: Credential) -> Me:
        """Tells who is looking; raises SignedOut."""
        return self._get("/v1/me", credential, Me)

    def freshness(self, credential: Credential) -> Freshness:
        """Tells up to when the data is there, and which part fails."""
        return self._get("/v1/freshness", credential, Freshness)

    def schema(self, credential: Credential) -> Schema:
        """Returns the tables and columns that can be queried."""
        return self._get("/v1/hql/schema", credential, Schema)

    def request(self, credential: Credential, request_id: str) -> StoredRequest:
        """Returns one request with its conversation; raises NotFound."""
        return self._get(f"/v1/requests/{quote(request_id, safe='')}", credential, StoredRequest)

    def body(self, credential: Credential, request_id: str, side: Side) -> bytes | None:
        """Returns the exact bytes that were sent or answered, None if there are none; raises NotFound."""
        response = self._call("GET", f"/v1/requests/{quote(request_id, safe='')}/body/{side}", credential)
        return None if response.status_code == 204 else response.content

    def keys(self, credential: Credential) -> tuple[ApiKey, ...]:
        """Returns the organization's API keys, revoked ones included, the newest first."""
        return self._get("/v1/api-keys", credential, ApiKeys).keys

    def make_key(self, credential: Credential, key: NewKey) -> MadeKey:
        """Makes a key and returns it with its secret; raises Refused."""
        made = self._call("POST", "/v1/api-keys", credential, json=msgspec.to_builtins(key))
        return msgspec.json.decode(made.content, type=MadeKey)

    def revoke_key(self, credential: Credential, key_id: str) -> None:
        """Revokes a key; raises NotFound."""
        self._call("DELETE", f"/v1/api-keys/{quote(key_id, safe='')}", credential)

    def provider_keys(self, credential: Credential) -> tuple[ProviderKey, ...]:
        """Returns the provider keys that the organization has stored, the newest first."""
        return self._get("/v1/provider-keys", credential, ProviderKeys).provider_keys

    def store_provider_key(self, credential: Credential, key: NewProviderKey) -> None:
        """Stores a provider's key; raises Refused."""
        self._call("POST", "/v1/provider-keys", credential, json=msgspec.to_builtins(key))

    def remove_provider_key(self, credential: Credential, key_id: str) -> None:
        """Takes a stored key out of use; raises NotFound."""
        self._call("DELETE", f"/v1/provider-keys/{quote(key_id, safe='')}", credential)

    def providers(self, credential: Credential) -> tuple[StorableProvider, ...]:
        """Returns the providers that a key can be stored for."""
        return self._get("/v1/providers", credential, StorableProviders).providers

    def own_prices(self, credential: Credential) -> tuple[OwnPrice, ...]:
        """Returns the prices that the organization has entered."""
        return self._get("/v1/price-overrides", credential, OwnPrices).price_overrides

    def enter_price(self, credential: Credential, price: NewPrice) -> None:
        """Enters a price; raises Refused."""
        self._call("POST", "/v1/price-overrides", credential, json=msgspec.to_builtins(price))

    def delete_price(self, credential: Credential, price_id: str) -> None:
        """Deletes a price that was entered; raises NotFound."""
        self._call("DELETE", f"/v1/price-overrides/{quote(price_id, safe='')}", credential)

    def deletions(self, credential: Credential) -> tuple[Deletion, ...]:
        """Returns the organization's deletions, the newest first."""
        return self._get("/v1/deletions", credential, Deletions).deletions

    def delete(self, credential: Credential, deletion: NewDeletion) -> None:
        """Asks for a deletion; raises Refused."""
        self._call("POST", "/v1/deletions", credential, json=msgspec.to_builtins(deletion))

    def retention(self, credential: Credential) -> Retention:
        """Returns for how long the organization's calls are kept."""
        return self._get("/v1/organization/retention", credential, Retention)

    def set_retention(self, credential: Credential, days: int | None) -> None:
        """Sets for how many days calls are kept, None for ever; raises Refused."""
        self._call("PUT", "/v1/organization/retention", credential, json={"days": days})

    def query(
        self,
        credential: Credential,
        query: Query,
        *,
        max_age: float | None = None,
        fresh: bool = False,
        limit: int | None = None,
        remember: bool = False,
    ) -> Answer:
        """Runs HQL; raises Refused, with the place in the text, or Unavailable. The viewer's history remembers it."""
        asked = {"format": "arrow", "fresh": fresh, "max_age": max_age, "limit": limit, "remember": remember}
        return _answer(self._ask(credential, query, asked))

    def file(self, credential: Credential, query: Query, format: FileFormat, *, limit: int | None = None) -> bytes:
        """Runs HQL and returns the answer as a file."""
        return self._ask(credential, query, {"format": format, "limit": limit}).content

    def saved_queries(self, credential: Credential) -> tuple[SavedQuery, ...]:
        """Returns the organization's saved queries by name."""
        return self._get("/v1/hql/saved", credential, SavedQueries).queries

    def save_query(self, credential: Credential, name: str, query: Query) -> None:
        """Saves a query with its values, in place of one of that name; raises Refused."""
        body = {"name": name, "sql": query.sql, "defaults": dict(query.parameters)}
        known = next((each.id for each in self.saved_queries(credential) if each.name == name.strip()), None)
        if known is None:
            self._call("POST", "/v1/hql/saved", credential, json=body)
        else:
            self._call("PUT", f"/v1/hql/saved/{known}", credential, json=body)

    def delete_saved_query(self, credential: Credential, query_id: str) -> None:
        """Deletes a saved query; raises NotFound."""
        self._call("DELETE", f"/v1/hql/saved/{quote(query_id, safe='')}", credential)

    def past_queries(self, credential: Credential, limit: int) -> tuple[PastQuery, ...]:
        """Returns what the viewer has run, the latest first."""
        return self._get(f"/v1/hql/history?limit={limit}", credential, PastQueries).queries

    def begin_export(self, credential: Credential, query: Query, format: FileFormat) -> None:
        """Has all rows of a query written into a file; raises Refused."""
        body = {"sql": query.sql, "parameters": dict(query.parameters), "format": format}
        self._call("POST", "/v1/hql/jobs", credential, json=body)

    def exports(self, credential: Credential) -> tuple[Export, ...]:
        """Returns the organization's exports of the last days, the newest first."""
        return self._get("/v1/hql/jobs", credential, Exports).jobs

    def exported(self, credential: Credential, export_id: str) -> bytes:
        """Returns the file of an export; raises NotFound."""
        return self._call("GET", f"/v1/hql/jobs/{quote(export_id, safe='')}/result", credential).content

    def stop_export(self, credential: Credential, export_id: str) -> None:
        """Stops an export and forgets it."""
        self._call("DELETE", f"/v1/hql/jobs/{quote(export_id, safe='')}", credential)

    def _ask(self, credential: Credential, query: Query, asked: Mapping[str, object]) -> httpx.Response:
        told = {name: value for name, value in asked.items() if value is not None}
        body = {"sql": query.sql, "parameters": dict(query.parameters)} | told
        return self._call("POST", "/v1/hql", credential, json=body)

    def _session(self, path: str, body: object, address: str) -> Session:
        # The api counts failed attempts by address; with ours, one person's would lock everybody out.
        response = self._call("POST", path, None, json=body, headers={"X-Forwarded-For": address})
        return msgspec.json.decode(response.content, type=Session)

    def _get(self, path: str, credential: Credential, type: type[T]) -> T:
        return msgspec.json.decode(self._call("GET", path, credential).content, type=type)

    def _call(
        self,
        method: str,
        path: str,
        credential: Credential | None,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        headers = dict(headers or {})
        if credential is not None:
            headers["Authorization"] = f"Bearer {credential.token}"
            if credential.organization_id is not None:
                headers["Weir-Organization"] = credential.organization_id
        try:
            response = self._http.request(method, path, headers=headers, json=json)
        except httpx.TransportError as error:
            raise Unavailable("it does not answer; try again in a moment", code="unreachable") from error
        if response.is_error:
            raise error_of(response)
        return response


def _answer(response: httpx.Response) -> Answer:
    table = pa.ipc.open_stream(response.content).read_all()
    told = response.headers
    return Answer(
        frame=cast(pl.DataFrame, pl.from_arrow(table)),
        row_count=int(told["Weir-Row-Count"]),
        truncated=told["Weir-Truncated"] == "true",
        elapsed_ms=float(told["Weir-Elapsed-Ms"]),
        read_rows=int(told["Weir-Read-Rows"]),
        cache=cast(CacheState, told["Weir-Cache"]),
        age_seconds=float(told["Weir-Cache-Age"]),
    )
