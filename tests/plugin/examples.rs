//! The examples do what their READMEs say, to the letter.

use std::path::PathBuf;

use crate::support::Desk;

fn workspace() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Runs the commands of a README that are followed by what they print.
pub(super) async fn as_printed(example: &str) {
    let readme = workspace().join("examples").join(example).join("README.md");
    let readme = std::fs::read_to_string(&readme).expect("a README");
    let desk = Desk::new();
    let mut commands = 0;
    for block in readme.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap_or(block);
        for part in block.split("$ ").skip(1) {
            let (command, printed) = part.split_once('\n').expect("a line");
            if printed.is_empty() {
                continue;
            }
            commands += 1;
            let root = workspace().display().to_string();
            let ran = desk.shell(&format!("cd {root}\n{command}")).await.expect(0);
            assert_eq!(ran.out, printed, "{command}");
        }
    }
    assert!(commands > 0, "{example} prints what it expects");
}

#[tokio::test]
async fn rules() {
    as_printed("rule-table").await;
}

#[tokio::test]
async fn rust() {
    as_printed("reseller-mapping").await;
    as_printed("separation-of-duties").await;
}

#[tokio::test]
async fn javascript() {
    as_printed("customer-accounts").await;
}
