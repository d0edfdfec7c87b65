# RabbitMQ from Debian's package, with what the compose file and the tests ask of the official image: the user and
# password from RABBITMQ_DEFAULT_USER and RABBITMQ_DEFAULT_PASS (which the server reads by itself), data in
# /var/lib/rabbitmq, the log on standard output, management on 15672, metrics on 15692.
ARG BASE
FROM ${BASE}
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends rabbitmq-server \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /var/lib/rabbitmq/* /var/lib/rabbitmq/.erlang.cookie
# Debian's wrappers in /usr/sbin switch users and send the log to files: the server's own scripts come first.
ENV PATH=/usr/lib/rabbitmq/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/var/lib/rabbitmq \
    RABBITMQ_LOGS=-
RUN printf '[rabbitmq_management,rabbitmq_prometheus].\n' > /etc/rabbitmq/enabled_plugins \
    && chown -R rabbitmq:rabbitmq /etc/rabbitmq /var/lib/rabbitmq /var/log/rabbitmq
USER rabbitmq
VOLUME /var/lib/rabbitmq
EXPOSE 5672 15672 15692
CMD ["rabbitmq-server"]
