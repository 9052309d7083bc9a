# vfs in one image: nginx with the module, the worker, the index, the player
# and the tools for training.
#
#   docker build -t vfs .
#   docker run --rm vfs help
#
# bin/vfs is the entry point: "gateway" (the default), "index", "ingest",
# "train", "copy", "check".  It runs as an ordinary user and on a read-only root;
# what it writes is in /var/lib/vfs.  compose.yaml puts the parts together.

ARG DEBIAN=debian:bookworm-slim


FROM ${DEBIAN} AS build

WORKDIR /src

# What building needs changes less often than the sources.
COPY packages.mk packages.sh ./
RUN apt-get -q update \
    && apt-get -q -y install --no-install-recommends make \
    && make -f packages.mk deps-packages

COPY . .
RUN make deps-html \
    && make -j "$(nproc)" build-all \
    && make install DESTDIR=/image PREFIX=/usr SYSCONFDIR=/etc \
    && strip /image/usr/lib/vfs/*.so /image/usr/bin/vfs-*


FROM ${DEBIAN}

LABEL org.opencontainers.image.title="vfs" \
      org.opencontainers.image.description="A real-time vector feature store" \
      org.opencontainers.image.licenses="BSD-2-Clause"

# nginx of the same Debian as the one that the module was built for.
RUN apt-get -q update \
    && apt-get -q -y install --no-install-recommends \
        ca-certificates curl libcjson1 libcurl4 liblmdb0 libmicrohttpd12 \
        librdkafka1 libssl3 libstdc++6 libxxhash0 nginx \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb \
        /var/log/apt /var/log/dpkg.log \
    && useradd --system --uid 10001 --user-group --no-create-home \
        --home-dir /var/lib/vfs --shell /usr/sbin/nologin vfs \
    && install -d -o vfs -g vfs /var/lib/vfs

COPY --from=build /image/usr/bin/ /usr/bin/
COPY --from=build /image/usr/lib/vfs/ /usr/lib/vfs/
COPY --from=build /image/usr/share/vfs/ /usr/share/vfs/

ENV VFS_BIND=0.0.0.0 \
    VFS_PORT=8080 \
    VFS_DATA=/var/lib/vfs \
    VFS_LOG_DIR=-

USER 10001:10001
VOLUME /var/lib/vfs
EXPOSE 8080 5080

# SIGTERM would cut off what nginx is answering; the others do not mind.
STOPSIGNAL SIGQUIT

# The gateway's; compose.yaml has those of the index and the worker.
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s --retries=3 \
    CMD ["vfs", "health"]

ENTRYPOINT ["vfs"]
CMD ["gateway"]
