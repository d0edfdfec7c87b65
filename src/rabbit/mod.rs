//! RabbitMQ: taking jobs, publishing events.
