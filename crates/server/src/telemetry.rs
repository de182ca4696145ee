//! Logs and metrics.

use std::{
    io::{self, IsTerminal},
    panic,
};

use metrics::{Unit, describe_gauge, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};
use twinlock_core::clock::Clock;

use crate::{
    config::{Format, Level, Log},
    failure::Failure,
    system::SystemClock,
};

/// Upper ends of the buckets that times are counted in, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Writes the log to standard error from now on.
///
/// Our own code never logs a secret, at any level. Libraries make no such promise: below a warning they
/// log statements, headers and SMTP dialogues, so they are not asked.
pub fn start_log(log: Log) {
    let ours = match log.level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    let others = ours.min(LevelFilter::WARN);
    let filter = Targets::new().with_default(others).with_target("twinlock", ours);
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(colours);
    let lines = match log.format {
        Format::Text => lines.boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    // A second start in one process (a test) keeps the first log.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
    panic::set_hook(Box::new(log_panic));
}

/// One line for a panic. A message that was put together at run time may hold a secret and stays out.
fn log_panic(info: &panic::PanicHookInfo<'_>) {
    let message = info.payload().downcast_ref::<&'static str>().copied().unwrap_or("(not shown)");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(message, "panicked at {place}");
}

/// Collects metrics from now on.
pub fn start_metrics() -> Result<PrometheusHandle, Failure> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| Failure::failed(format!("metrics cannot be collected: {error}")))?;
    describe_gauge!("twinlock_build_info", "Version of this program; always 1");
    gauge!("twinlock_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    describe_gauge!("process_start_time_seconds", Unit::Seconds, "When the server started, in Unix time");
    #[allow(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
    gauge!("process_start_time_seconds").set(SystemClock.now().secs() as f64);
    Ok(handle)
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged when this panics.
    fn logged(act: impl FnOnce() + panic::UnwindSafe) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        panic::set_hook(Box::new(log_panic));
        tracing::subscriber::with_default(log, || panic::catch_unwind(act).unwrap_err());
        let _ = panic::take_hook();
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    /// attacks.md row 94: a panic is one line that says where, and nothing that was put into its message.
    #[test]
    fn a_panic_is_logged_without_what_it_held() {
        let secret = "hunter2".to_owned();
        let line = logged(move || panic!("cannot open {secret}"));
        assert!(line.contains("panicked at crates/server/src/telemetry.rs:"), "{line}");
        assert!(!line.contains("hunter2") && line.lines().count() == 1, "{line}");
        assert!(logged(|| panic!("a fixed text")).contains("a fixed text"));
    }
}
