//! The spans of our requests to the store, for traces: one for each operation, all attempts of it together. They name the
//! bucket and no key: those of staging objects hold what makes upload URLs unguessable. Nothing is added to the requests
//! themselves, whose headers are signed.

use aws_sdk_s3::config::endpoint::Params;
use aws_sdk_s3::config::interceptors::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::endpoint::EndpointResolverParams;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use tracing::field::Empty;
use tracing::{Span, info_span};

use crate::ports::SPANS;

/// Makes a span of every operation. Signing an upload URL is none: it asks the store for nothing.
#[derive(Debug)]
pub(super) struct RequestSpans;

/// The span of the operation under way.
#[derive(Debug)]
struct Underway(Span);

impl Storable for Underway {
    type Storer = StoreReplace<Underway>;
}

impl Intercept for RequestSpans {
    fn name(&self) -> &'static str {
        "RequestSpans"
    }

    fn read_before_attempt(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if bag.load::<Underway>().is_none() {
            let operation = bag.load::<Metadata>().map(Metadata::name);
            let bucket = bag.load::<EndpointResolverParams>().and_then(|params| params.get::<Params>()?.bucket());
            let span = info_span!(
                target: SPANS,
                "S3",
                otel.name = operation.map(|operation| format!("S3.{operation}")),
                otel.kind = "client",
                otel.status_code = Empty,
                error.type = Empty,
                rpc.system = "aws-api",
                rpc.service = "S3",
                rpc.method = operation,
                aws.s3.bucket = bucket,
                aws.request_id = Empty,
                http.request.method = context.request().method(),
                http.request.resend_count = Empty,
                http.response.status_code = Empty,
            );
            bag.interceptor_state().store_put(Underway(span));
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Underway(span)) = bag.load::<Underway>() else { return Ok(()) };
        if let Some(attempts) = bag.load::<RequestAttempts>().filter(|attempts| attempts.attempts() > 1) {
            span.record("http.request.resend_count", i64::from(attempts.attempts()) - 1);
        }
        let Some(response) = context.response() else {
            span.record("error.type", "no_answer");
            span.record("otel.status_code", "error");
            return Ok(());
        };
        let status = response.status().as_u16();
        span.record("http.response.status_code", i64::from(status));
        span.record("aws.request_id", response.headers().get("x-amz-request-id"));
        if is_trouble(status) {
            span.record("error.type", status.to_string());
            span.record("otel.status_code", "error");
        }
        Ok(())
    }
}

/// Whether an answer is an error for whoever reads a trace. Absent objects and conditions that do not hold are everyday
/// answers here.
fn is_trouble(status: u16) -> bool {
    status >= 400 && !matches!(status, 404 | 409 | 412 | 416)
}
