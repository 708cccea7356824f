use rolecall_mapping::{Compiler, Limits, Runtime};

use super::*;

/// What is stored of the stock plugin without asking it.
#[test]
fn the_stock_plugin_describes_itself_so() {
    let runtime = Runtime::new(Limits::default(), Compiler::here()).unwrap();
    let checked = runtime.check(STOCK).unwrap();
    assert_eq!(checked.name, RULES_NAME);
    assert_eq!(checked.version, RULES_VERSION);
    assert_eq!(checked.slots, Slot::ALL);
    let schema: Value = serde_json::from_str(RULES_SETTINGS).unwrap();
    assert_eq!(checked.settings_schema, Some(schema));
}
