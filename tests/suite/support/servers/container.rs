//! Servers in containers, for a machine that has Docker and not the program.

use super::ports;
use super::process::Pen;
use std::time::Duration;
use testcontainers::core::{ContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt as _};

/// Pulling an image is most of it.
const START_WITHIN: Duration = Duration::from_secs(180);

/// What to run, apart from its ports and its end.
pub(super) struct Recipe {
    /// `name:tag`, or `name` for its `latest`.
    pub(super) image: String,
    pub(super) port: u16,
    pub(super) ready: WaitFor,
    pub(super) environment: Vec<(&'static str, String)>,
    /// Paths in the container, and what they hold.
    pub(super) files: Vec<(&'static str, String)>,
    pub(super) command: Vec<String>,
}

/// A running container with one port published on 127.0.0.1, the same one after each restart.
#[derive(Debug)]
pub(super) struct Container {
    inner: ContainerAsync<GenericImage>,
    pub(super) port: u16,
    // After `inner`: it removes the container by itself unless this process is killed or holds it in a static.
    _pen: Pen,
}

impl Container {
    /// # Errors
    /// Says what Docker said.
    pub(super) async fn start(recipe: Recipe) -> Result<Self, String> {
        let say = |error: &dyn std::error::Error| format!("the container {}: {}", recipe.image, chain(error));
        let pen = Pen::new("container").map_err(|error| say(&error))?;
        let port = ports::free().map_err(|error| say(&error))?;
        let name = format!("landfall-test-{}-{port}", std::process::id());
        let last = format!("docker rm --force --volumes {name}\n");
        pen.at_last("remove", &last).map_err(|error| say(&error))?;

        let (image, tag) = split_tag(&recipe.image);
        let mut request: ContainerRequest<GenericImage> = GenericImage::new(image, tag)
            .with_exposed_port(ContainerPort::Tcp(recipe.port))
            .with_wait_for(recipe.ready.clone())
            .with_mapped_port(port, ContainerPort::Tcp(recipe.port))
            .with_container_name(name)
            .with_startup_timeout(START_WITHIN)
            .with_host_config_modifier(|host| {
                // Or it would be open to the network this machine is on.
                let bindings = host.port_bindings.iter_mut().flat_map(|ports| ports.values_mut()).flatten();
                for binding in bindings.flatten() {
                    binding.host_ip = Some("127.0.0.1".to_owned());
                }
            });
        for (key, value) in &recipe.environment {
            request = request.with_env_var(*key, value);
        }
        for (path, content) in &recipe.files {
            request = request.with_copy_to(*path, content.clone().into_bytes());
        }
        if !recipe.command.is_empty() {
            request = request.with_cmd(recipe.command.clone());
        }
        let inner = request.start().await.map_err(|error| say(&error))?;
        Ok(Self { inner, port, _pen: pen })
    }

    pub(super) async fn stop(&self, patience: Duration) -> Result<(), String> {
        let seconds = i32::try_from(patience.as_secs()).unwrap_or(i32::MAX);
        self.inner.stop_with_timeout(Some(seconds)).await.map_err(|error| chain(&error))
    }

    pub(super) async fn start_again(&self) -> Result<(), String> {
        self.inner.start().await.map_err(|error| chain(&error))
    }
}

/// The image to use: what the environment names, or the default.
pub(super) fn image(variable: &str, default: &str) -> String {
    std::env::var(variable).ok().filter(|image| !image.is_empty()).unwrap_or_else(|| default.to_owned())
}

/// A colon before the last slash belongs to a registry's port.
fn split_tag(image: &str) -> (&str, &str) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let source_text = source.to_string();
        if !text.contains(&source_text) {
            text.push_str(": ");
            text.push_str(&source_text);
        }
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::split_tag;

    #[test]
    fn the_tag_of_an_image_is_not_its_registrys_port() {
        assert_eq!(split_tag("rabbitmq:4"), ("rabbitmq", "4"));
        assert_eq!(split_tag("localhost:5000/rabbitmq"), ("localhost:5000/rabbitmq", "latest"));
        assert_eq!(split_tag("localhost:5000/rabbitmq:4"), ("localhost:5000/rabbitmq", "4"));
    }
}
