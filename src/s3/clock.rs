//! The store's clock, as its answers tell it: see [`crate::job::skew`].

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use jiff::{SignedDuration, Timestamp};

use crate::job::skew::{SkewNews, SkewWatch};

/// Watches the `Date` of every answer, errors included: a clock that is wrong enough gets nothing else.
#[derive(Debug, Clone, Default)]
pub(super) struct ClockWatch {
    skew: Arc<Mutex<SkewWatch>>,
}

impl ClockWatch {
    /// See [`SkewWatch::seen`].
    pub(super) fn seen(&self) -> Option<SignedDuration> {
        self.skew.lock().unwrap_or_else(PoisonError::into_inner).seen()
    }
}

impl Intercept for ClockWatch {
    fn name(&self) -> &'static str {
        "ClockWatch"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Dated when the store began to answer, which is now: the body is still to come.
        let now = Timestamp::now();
        let Some(date) = context.response().headers().get("date") else { return Ok(()) };
        let news = self.skew.lock().unwrap_or_else(PoisonError::into_inner).note(date, now, now);
        match news {
            Some(SkewNews::Apart(skew)) => {
                tracing::warn!(skew_s = skew.as_secs(), "{}", SkewNews::Apart(skew).message("the store"));
            }
            Some(SkewNews::Agreed) => tracing::info!("{}", SkewNews::Agreed.message("the store")),
            None => {}
        }
        Ok(())
    }
}
