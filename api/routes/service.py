"""For whoever runs the api: is it alive, can it work, what did it do."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.health import problems_of_stores
from api.parts import FromApp

router = APIRouter(tags=["service"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """Says that the process answers; asks no other part."""
    return {"status": "ok"}


@router.get("/readyz")
def ready(parts: FromApp) -> JSONResponse:
    """Says whether the stores behind the api answer, each by name; 503 if one does not."""
    problems = {problem.part: f"{problem.message}; {problem.hint}" for problem in problems_of_stores(parts)}
    states = {part: problems.get(part, "ok") for part in ("database", "warehouse", "object_store")}
    return JSONResponse({"status": "not ready" if problems else "ready", "parts": states}, 503 if problems else 200)


@router.get("/metrics", response_class=Response)
def metrics(parts: FromApp) -> Response:
    """Returns what the api counts, for Prometheus."""
    return Response(parts.metrics.render(), media_type=CONTENT_TYPE_LATEST)
