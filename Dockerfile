# The worker, for a cluster of yours: docker run -e DETECTOR_BOOTSTRAP=kafka:9092 -p 9464:9464 detector
FROM python:3.11-slim AS build
# Kernels compiled for any processor of the image's architecture. For newer ones only, and a little faster:
# --build-arg NUMBA_CPU_NAME=x86-64-v3. Both stages must name the same, or the kernels are compiled again.
ARG NUMBA_CPU_NAME=generic
ENV NUMBA_CPU_NAME=${NUMBA_CPU_NAME} \
    NUMBA_CPU_FEATURES="" \
    NUMBA_CACHE_DIR=/app/kernels \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
# What others wrote changes less often than the product: it has a layer of its own.
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project
COPY config config
COPY detector detector
COPY models models
COPY streams streams
RUN uv sync --frozen --no-dev --no-editable
# Away from the sources: the installed package is what runs, and what the kernels' cache must be of.
WORKDIR /
RUN /app/.venv/bin/python -m detector.warm

FROM python:3.11-slim
ARG NUMBA_CPU_NAME=generic
ENV NUMBA_CPU_NAME=${NUMBA_CPU_NAME} \
    NUMBA_CPU_FEATURES="" \
    NUMBA_CACHE_DIR=/app/kernels \
    PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DETECTOR_DATA_DIR=/data \
    DETECTOR_WEB_HOST=0.0.0.0 \
    DETECTOR_METRICS_PORT=9464
RUN useradd --system --uid 10001 --no-create-home detector \
    && install --directory --owner=detector /data
COPY --from=build /app/.venv /app/.venv
# numba uses a cache only when it may also write to it.
COPY --from=build --chown=detector /app/kernels /app/kernels
USER detector
WORKDIR /data
VOLUME /data
EXPOSE 9464
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"DETECTOR_METRICS_PORT\"]}/livez', timeout=4)"]
ENTRYPOINT ["detector"]
CMD ["run"]
