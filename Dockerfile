# syntax=docker/dockerfile:1
#
# One file, five images: gateway, api, pipelines, app, weir. Each holds the packages of ours that its process imports
# and the libraries of its own hash lock, nothing else:
#
#     docker build --target gateway -t weir-gateway .

ARG PYTHON_IMAGE=python:3.13-slim-bookworm

# ── Libraries: one environment per lock, wheels only ──

FROM ${PYTHON_IMAGE} AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=/venv
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore uv==0.13.9 && uv venv /venv
WORKDIR /locks

FROM build AS gateway-libraries
COPY requirements/gateway.lock .
RUN uv pip sync --no-cache --require-hashes --no-build gateway.lock

FROM build AS api-libraries
COPY requirements/api.lock .
RUN uv pip sync --no-cache --require-hashes --no-build api.lock

FROM build AS pipelines-libraries
COPY requirements/pipelines.lock .
RUN uv pip sync --no-cache --require-hashes --no-build pipelines.lock

FROM build AS app-libraries
COPY requirements/app.lock .
RUN uv pip sync --no-cache --require-hashes --no-build app.lock

FROM build AS weir-libraries
COPY requirements/weir.lock .
RUN uv pip sync --no-cache --require-hashes --no-build weir.lock

# ── What all images share: a user without rights, and /data, which volumes take their owner from ──

FROM ${PYTHON_IMAGE} AS base
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin weir \
    && install --directory --owner=weir --group=weir --mode=0700 /data /data/spool
ENV PATH=/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    WEIR_DATA_DIR=/data \
    WEIR_HOST=0.0.0.0
WORKDIR /app
USER weir
STOPSIGNAL SIGTERM

# ── The images ──

FROM base AS gateway
COPY --from=gateway-libraries /venv /venv
COPY providers ./providers
COPY control ./control
COPY warehouse ./warehouse
COPY gateway ./gateway
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8787/healthz', timeout=4)"]
CMD ["python", "-m", "gateway"]

FROM base AS api
COPY --from=api-libraries /venv /venv
COPY providers ./providers
COPY control ./control
COPY warehouse ./warehouse
COPY hql ./hql
COPY api ./api
EXPOSE 8585
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8585/healthz', timeout=4)"]
CMD ["python", "-m", "api"]

# Dagster's three processes run from this image; compose gives each its command and its health check.
FROM base AS pipelines
COPY --from=pipelines-libraries /venv /venv
COPY providers ./providers
COPY control ./control
COPY warehouse ./warehouse
COPY pipelines ./pipelines
COPY --chown=weir deploy/dagster /data/dagster
ENV DAGSTER_HOME=/data/dagster
EXPOSE 3070 3071
CMD ["dagster", "api", "grpc", "-m", "pipelines.definitions", "-h", "0.0.0.0", "-p", "3071"]

FROM base AS app
COPY --from=app-libraries /venv /venv
COPY hql ./hql
COPY app ./app
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:3000/healthz', timeout=4)"]
CMD ["python", "-m", "app"]

# The command line: migrations, organizations, users, keys.
FROM base AS weir
COPY --from=weir-libraries /venv /venv
COPY providers ./providers
COPY control ./control
COPY warehouse ./warehouse
COPY pipelines ./pipelines
COPY gateway ./gateway
COPY hql ./hql
COPY api ./api
COPY app ./app
COPY weir ./weir
ENTRYPOINT ["python", "-m", "weir.cli"]
CMD ["--help"]
