//! The published contract does not change under those who built against it.
