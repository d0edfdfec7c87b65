# landfall from a binary built on this machine, called as the image of deploy/Dockerfile is.
ARG BASE
FROM ${BASE}
# With them the emulator's drafts have a voice and smaller files, as docker-compose.yml asks for.
ARG PROGRAMS="ffmpeg espeak-ng"
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ${PROGRAMS} \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb \
    && useradd --system --uid 10001 --home-dir /nonexistent --no-create-home landfall
COPY landfall /usr/local/bin/landfall
USER 10001
EXPOSE 8080 8081
ENTRYPOINT ["landfall"]
CMD ["worker"]
