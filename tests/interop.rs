//! What other servers are known for getting wrong, and the habits behind it: a test for each of 25 bugs
//! under its number, the odds and ends of the wire, and one story told in every dialect.

mod finding;
mod lifecycle;
mod members;
mod same_scenario;
mod values;
mod wire;
