//! The store's clock, as its answers tell it: see [`crate::job::skew`].

use std::sync::{Mutex, PoisonError};

use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use jiff::Timestamp;

use crate::job::skew::{SkewMeter, SkewNews, SkewWatch, apart};

/// Watches the `Date` of every answer, errors included: a clock that is wrong enough gets nothing else.
#[derive(Debug)]
pub(super) struct ClockWatch {
    skew: Mutex<SkewWatch>,
}

impl ClockWatch {
    /// One that also shows on `meter` what every answer tells.
    pub(super) fn on(meter: SkewMeter) -> ClockWatch {
        ClockWatch { skew: Mutex::new(SkewWatch::on(meter)) }
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
                tracing::warn!(skew_s = skew.as_secs(), "the clocks disagree: {}", apart(skew, "the store"));
            }
            Some(SkewNews::Agreed) => tracing::info!("this machine's clock and that of the store agree again"),
            None => {}
        }
        Ok(())
    }
}
