//! Suites that others wrote to judge SCIM servers by, against the real binary.

mod scim2_tester;
