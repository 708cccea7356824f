//! The management API: what operators, integrators and products script against.

mod activity;
mod apart;
mod breakers;
mod check;
mod compiling;
mod connections;
mod loading;
mod mappings;
mod plugin_logs;
mod plugins;
mod policy;
mod problems;
mod requests;
mod rules;
mod schemas;
mod signing;
mod tenants;
mod tolerances;
mod users;
