# landfall from a binary built on this machine, called as the image of deploy/Dockerfile is.
ARG BASE
FROM ${BASE}
RUN useradd --system --uid 10001 --home-dir /nonexistent --no-create-home landfall
COPY landfall /usr/local/bin/landfall
USER 10001
EXPOSE 8080 8081
ENTRYPOINT ["landfall"]
CMD ["worker"]
