//! Lines kept with the decision, for the tenant's administrators and for you.

/// A line for whoever is looking for a mistake.
pub fn debug(message: &str) {
    write("debug", message);
}

/// A line worth knowing.
pub fn info(message: &str) {
    write("info", message);
}

/// A line about something that looks wrong.
pub fn warn(message: &str) {
    write("warn", message);
}

/// A line about something that is wrong.
pub fn error(message: &str) {
    write("error", message);
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn write(level: &str, message: &str) {
    crate::bindings::imports::rolecall::plugin::log::write(level, message);
}

/// Natively, that is in an author's tests, lines go to standard error.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn write(level: &str, message: &str) {
    eprintln!("{level}: {message}");
}
