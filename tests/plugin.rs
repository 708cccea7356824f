//! `rolecall plugin`: what an integrator does without a server, and how that compares to one.

mod case;
mod cases;
mod examples;
mod helpers;
mod inspect;
mod languages;
mod logs;
mod new;
mod push;
mod readme;
mod run;
mod sign;
