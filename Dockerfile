# One file serves a group; give it a volume (docs/growing.md tells more):
#   make image && docker run -p 8000:8000 -v troika:/data troika
ARG BASE=docker.io/library/python:3.11.14-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
# The lock alone first: a change of code does not install everything again.
COPY requirements.lock /srv/
# An index or proxy of one's own: --secret id=pip,src=FILE, a pip.conf that the image does not keep.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    /opt/venv/bin/pip install --require-hashes -r /srv/requirements.lock
# Editable, at the path where the next stage puts it: migrations are found beside
# the package, as in a checkout.
COPY pyproject.toml README.md LICENSE alembic.ini /srv/
COPY app /srv/app
COPY migrations /srv/migrations
RUN /opt/venv/bin/pip install --no-index --no-deps --no-build-isolation --editable /srv \
    && /opt/venv/bin/python -m compileall -q /srv/app

FROM ${BASE}
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TROIKA_DATABASE_URL=sqlite:////data/troika.db
# A new volume takes over the owner of the directory that it covers.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin troika \
    && install -d -o troika -g troika /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv /srv
WORKDIR /srv
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["troika", "serve", "--migrate", "--host", "0.0.0.0"]
