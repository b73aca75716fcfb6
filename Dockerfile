FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --require-hashes --requirement requirements.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin kpotracker \
    && install -d -o kpotracker -g kpotracker /data
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py ./
COPY kpotracker kpotracker
COPY contracts contracts
COPY metrics metrics
COPY examples examples
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    KPO_ENV=production \
    DATA_DIR=/data \
    STATIC_ROOT=/app/staticfiles
# Collecting needs settings but no secret: production's checks run when a server starts.
RUN DATA_DIR=/tmp/build python manage.py collectstatic --no-input --verbosity 0 --skip-checks \
    && rm -rf /tmp/build
USER kpotracker
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["gunicorn", "kpotracker.wsgi:application", "--bind=0.0.0.0:8000", "--workers=2", "--threads=4", \
     "--worker-tmp-dir=/dev/shm", "--no-control-socket", "--max-requests=2000", \
     "--max-requests-jitter=200", "--timeout=60", "--access-logfile=-", "--logger-class=kpotracker.accesslog.AccessLog"]
