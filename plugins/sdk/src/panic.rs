//! A trap carries no text, so a panic says its last words through the log.

/// Sends the text and place of a panic to the log, at level `panic`. The host makes them the detail
/// of the fault.
pub(crate) fn report_to_log() {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|info| {
        crate::log::write("panic", &info.to_string())
    }));
}
