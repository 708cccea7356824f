//! The metrics of `/metrics` as instruments of OpenTelemetry: the same names, labels, buckets and numbers.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use metrics_util::registry::{Registry, Storage};
use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use super::metrics::buckets;

/// A recorder that makes an instrument of each metric when it is first used, whoever defined it.
pub(super) struct Instruments {
    registry: Registry<Key, Arc<Made>>,
    made: Arc<Made>,
}

/// Counters and gauges are read when they are exported: counting costs what it costs without a collector.
struct Made {
    meter: Meter,
    described: Mutex<HashMap<String, Description>>,
}

#[derive(Clone, Default)]
struct Description {
    words: String,
    unit: &'static str,
}

impl Instruments {
    pub(super) fn new(meter: Meter) -> Self {
        let made = Arc::new(Made {
            meter,
            described: Mutex::default(),
        });
        Self {
            registry: Registry::new(made.clone()),
            made,
        }
    }

    fn describe(&self, name: &KeyName, unit: Option<Unit>, words: &SharedString) {
        let description = Description {
            words: words.to_string(),
            unit: match unit {
                Some(Unit::Seconds) => "s",
                Some(Unit::Bytes) => "By",
                _ => "",
            },
        };
        let mut described = lock(&self.made.described);
        described.insert(name.as_str().to_owned(), description);
    }
}

impl Recorder for Instruments {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, words: SharedString) {
        self.describe(&name, unit, &words);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, words: SharedString) {
        self.describe(&name, unit, &words);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, words: SharedString) {
        self.describe(&name, unit, &words);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.registry
            .get_or_create_counter(key, |counter| counter.clone().into())
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.registry
            .get_or_create_gauge(key, |gauge| gauge.clone().into())
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.registry
            .get_or_create_histogram(key, |histogram| histogram.clone().into())
    }
}

impl Made {
    fn description(&self, key: &Key) -> Description {
        let described = lock(&self.described);
        described.get(key.name()).cloned().unwrap_or_default()
    }
}

impl Storage<Key> for Made {
    type Counter = Arc<AtomicU64>;
    type Gauge = Arc<AtomicU64>;
    type Histogram = Arc<Recording>;

    fn counter(&self, key: &Key) -> Self::Counter {
        let count = Self::Counter::default();
        let (counted, attributes) = (count.clone(), attributes(key));
        let Description { words, unit } = self.description(key);
        self.meter
            .u64_observable_counter(key.name().to_owned())
            .with_description(words)
            .with_unit(unit)
            .with_callback(move |to| to.observe(counted.load(Ordering::Relaxed), &attributes))
            .build();
        count
    }

    fn gauge(&self, key: &Key) -> Self::Gauge {
        // The bits of an f64, as `metrics` has it.
        let gauge = Self::Gauge::default();
        let (shown, attributes) = (gauge.clone(), attributes(key));
        let Description { words, unit } = self.description(key);
        self.meter
            .f64_observable_gauge(key.name().to_owned())
            .with_description(words)
            .with_unit(unit)
            .with_callback(move |to| {
                to.observe(f64::from_bits(shown.load(Ordering::Relaxed)), &attributes);
            })
            .build();
        gauge
    }

    fn histogram(&self, key: &Key) -> Self::Histogram {
        let Description { words, unit } = self.description(key);
        let histogram = self
            .meter
            .f64_histogram(key.name().to_owned())
            .with_description(words)
            .with_unit(unit)
            .with_boundaries(buckets(key.name()).to_vec())
            .build();
        Arc::new(Recording {
            histogram,
            attributes: attributes(key),
        })
    }
}

struct Recording {
    histogram: opentelemetry::metrics::Histogram<f64>,
    attributes: Vec<KeyValue>,
}

impl HistogramFn for Recording {
    fn record(&self, value: f64) {
        self.histogram.record(value, &self.attributes);
    }
}

fn attributes(key: &Key) -> Vec<KeyValue> {
    key.labels()
        .map(|label| KeyValue::new(label.key().to_owned(), label.value().to_owned()))
        .collect()
}

fn lock<T>(mutex: &Mutex<T>) -> impl std::ops::DerefMut<Target = T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Instruments {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Instruments").finish_non_exhaustive()
    }
}
