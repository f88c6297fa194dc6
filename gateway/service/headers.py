"""The headers of ours that a call may carry, in words for the OpenAPI document."""

REQUEST_HEADERS = {
    "Weir-Auth": "The Weir key, as `Bearer sk-weir-…`, where the SDK's own header carries the provider's.",
    "Weir-User-Id": "The end user on whose behalf the application calls.",
    "Weir-Session-Id": "Groups the calls of one conversation or agent run.",
    "Weir-Session-Path": "Where in the session's tree this call stands, such as /plan/search.",
    "Weir-Session-Name": "The kind of session.",
    "Weir-Prompt-Id": "The stored prompt the request was made from.",
    "Weir-Prompt-Version": "The version of that prompt.",
    "Weir-Prompt-Inputs": "What that prompt was filled with, as a JSON object.",
    "Weir-Model-Override": "The model to show and to price the call as.",
    "Weir-Request-Id": "A UUID to record the call under; one is made if it is missing.",
    "Weir-Omit-Request": "`true` keeps the request's body out of the record.",
    "Weir-Omit-Response": "`true` keeps the response's body out of the record.",
    "Weir-Stream-Usage": "`false` keeps the gateway from asking for usage in a streamed chat completion.",
    "Weir-Target-URL": "A host to call instead of a provider's: one of the catalogue's or of the operator's list.",
    "Weir-Host-Resource": "The resource in Azure's address: small letters, digits and hyphens. Other addresses with "
    "parts have `-Region`, `-Project`, `-Account`, `-Workspace` and `-Shard`.",
    "Weir-Retry-Enabled": "`true` has a call that failed for the moment tried again; also `-Num`, `-Factor`, "
    "`-Min-Timeout` and `-Max-Timeout`.",
    "Weir-Fallbacks": "Other places to try, as a JSON array of target-url, headers, onCodes and bodyKeyOverride.",
    "Weir-Cache-Enabled": "`true` answers equal requests from the cache; also `-Seed`, `-Bucket-Max-Size` and more.",
    "Weir-RateLimit-Policy": "A limit such as `100;w=60;u=request;s=user`, several separated by commas.",
}
UNIFIED_HEADERS = {
    "Weir-Route": "A route that the operator named.",
    "Weir-Strategy": "How the providers of a model are ordered: ordered, cheapest, latency or weighted.",
}
RESPONSE_HEADERS = {
    "Weir-Request-Id": "The id the call is recorded under; also as `Helicone-Id`.",
    "Weir-Cache": "`HIT` or `MISS`, where the call asked the response cache.",
    "RateLimit-Remaining": "How much the tightest of the call's limits leaves; also `-Limit`, `-Reset` and `-Policy`.",
    "Weir-Attempts": "Who was tried and what came of it, where it was more than one try.",
    "Weir-Warnings": "What of the request was not heeded or could not be carried, in words.",
}
