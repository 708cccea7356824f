//! Lines of the log, with the trace that they belong to.

use std::fmt;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, TraceId};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Json, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

pub(super) struct Traced<F> {
    format: Format<F>,
    /// How a line ends, without and with its trace.
    end: &'static str,
    end_with: fn(TraceId) -> String,
}

impl Traced<Full> {
    pub(super) fn text() -> Self {
        Self {
            format: Format::default(),
            end: "\n",
            end_with: |id| format!(" trace_id={id}\n"),
        }
    }
}

impl Traced<Json> {
    pub(super) fn json() -> Self {
        Self {
            format: Format::default().json().flatten_event(true),
            end: "}\n",
            end_with: |id| format!(",\"trace_id\":\"{id}\"}}\n"),
        }
    }
}

impl<S, N, F> FormatEvent<S, N> for Traced<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    Format<F>: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let trace = Context::map_current(|current| current.span().span_context().trace_id());
        if trace == TraceId::INVALID {
            return self.format.format_event(context, writer, event);
        }
        let mut line = String::new();
        self.format
            .format_event(context, Writer::new(&mut line), event)?;
        match line.strip_suffix(self.end) {
            Some(line) => {
                writer.write_str(line)?;
                writer.write_str(&(self.end_with)(trace))
            }
            None => writer.write_str(&line),
        }
    }
}
