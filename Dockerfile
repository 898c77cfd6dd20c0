# The API, the worker and every command. Built, run and configured as docs/deployment.md says.
FROM python:3.11-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/sigmasight
ENV PATH=/opt/sigmasight/bin:$PATH

# What changes rarely comes first, so that its layer is used again.
COPY requirements/runtime.txt requirements/build.txt requirements/
RUN python -m pip install --require-hashes -r requirements/runtime.txt \
    && python -m venv /opt/build \
    && /opt/build/bin/python -m pip install --require-hashes -r requirements/build.txt

COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/build/bin/python -m hatchling build -t wheel -d /build/dist \
    && python -m pip install --no-deps --no-index /build/dist/*.whl \
    && python -m compileall -q /opt/sigmasight/lib


FROM python:3.11-slim-bookworm

RUN groupadd --gid 10001 sigmasight \
    && useradd --uid 10001 --gid sigmasight --no-create-home --home-dir /nonexistent sigmasight
COPY --from=build /opt/sigmasight /opt/sigmasight

# Nothing is written below the root: /tmp is the only folder that has to be writable.
ENV PATH=/opt/sigmasight/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LOG_FORMAT=json \
    DRAIN_SECONDS=10
WORKDIR /tmp
USER 10001:10001
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]

ENTRYPOINT ["sigmasight"]
CMD ["run", "--host", "0.0.0.0", "--port", "8000"]
