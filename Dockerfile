# The service as an image: pinned versions from the lock, no root, nothing written outside of /srv/upheld/data.
FROM python:3.12-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /opt/upheld
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY probes probes
COPY monitor monitor
COPY reports reports
RUN pip install --no-deps --no-build-isolation . \
    && python -m compileall -q /usr/local/lib/python3.12/site-packages/probes \
       /usr/local/lib/python3.12/site-packages/monitor /usr/local/lib/python3.12/site-packages/reports \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /srv/upheld upheld \
    && install -d -o upheld -g upheld /srv/upheld /srv/upheld/data

USER upheld
WORKDIR /srv/upheld
ENTRYPOINT ["upheld"]
CMD ["run"]
