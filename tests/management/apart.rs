//! Strangers' work is done by a process apart: how that ends says whose fault it is.

use super::compiling::{another, answered, compiler, started, upload};
use crate::support::server::signal_to;
use crate::support::{Db, Guest};

/// A group of processes or a container that is stopped, and the kernel that wants memory, say nothing about the plugin.
#[tokio::test]
async fn who_ends_the_compiler_from_outside_is_not_the_plugin() {
    let acme = started(Db::Sqlite, &[]).await;
    for name in ["-KILL", "-TERM", "-INT", "-HUP"] {
        let bomb = upload(&acme, &Guest::viewer().slow_to_compile());
        signal_to(name, compiler(&acme.server).await);
        let problem = answered(bomb).await.expect_problem(503);
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.contains("killed from outside"), "{name}: {detail}");
    }
    acme.operator.plugin(&another()).await;
}

#[tokio::test]
async fn who_crashes_the_compiler_is_the_plugin() {
    let acme = started(Db::Sqlite, &[]).await;
    // wasmtime takes the others for faults of guests, and waits for them to happen again.
    for name in ["-TRAP", "-ABRT"] {
        let bomb = upload(&acme, &Guest::viewer().slow_to_compile());
        signal_to(name, compiler(&acme.server).await);
        let problem = answered(bomb).await.expect_problem(422);
        assert_eq!(problem["code"], "compile_failed", "{name}: {problem}");
    }
    acme.operator.plugin(&another()).await;
}

/// A branch by a table costs its targets times its results.
#[tokio::test]
async fn validating_is_work_like_compiling() {
    const TARGETS: usize = 400_000;
    const FUNCTIONS: usize = 8;
    let function = format!(
        "(func (type $many) (unreachable) (br_table {} (i32.const 0)))",
        "0 ".repeat(TARGETS)
    );
    // The last one makes it invalid, which is found out only at the end.
    let module = format!(
        "(core module (type $many (func (result {}))) {} (func (result i32) (i64.const 0)))",
        "i32 ".repeat(1_000),
        function.repeat(FUNCTIONS)
    );
    let component = wat::parse_str(format!(
        r#"(component {module} (instance $nothing)
            (export "rolecall:plugin/lifecycle@1.0.0" (instance $nothing))
            (export "rolecall:plugin/roles@1.0.0" (instance $nothing)))"#
    ));
    let acme = started(Db::Sqlite, &["--compile-time", "1"]).await;
    let refused = acme.operator.upload(&component.expect("valid WAT")).await;
    let problem = refused.expect_problem(422);
    assert_eq!(problem["code"], "too_complex", "{problem}");
}
