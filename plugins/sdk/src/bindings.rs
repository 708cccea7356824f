//! The Rust face of `wit/v1`: one world per interface, so that a plugin exports any set of them.
//! The encoder unites the worlds of the export macros that a plugin calls.

/// The shared types and the only import.
pub mod imports {
    wit_bindgen::generate!({
        inline: "
            package rolecall:sdk;
            world imports {
                import rolecall:plugin/types@1.0.0;
                import rolecall:plugin/log@1.0.0;
            }",
        path: "../../wit/v1",
        generate_all,
        additional_derives: [PartialEq, Eq, serde::Serialize, serde::Deserialize],
    });
}

/// Exports `lifecycle`.
pub mod lifecycle {
    wit_bindgen::generate!({
        inline: "
            package rolecall:sdk;
            world lifecycle { export rolecall:plugin/lifecycle@1.0.0; }",
        path: "../../wit/v1",
        with: { "rolecall:plugin/types@1.0.0": crate::bindings::imports::rolecall::plugin::types },
        additional_derives: [PartialEq, Eq],
        export_macro_name: "export_lifecycle",
        pub_export_macro: true,
    });
}

/// Exports `attributes`.
pub mod attributes {
    wit_bindgen::generate!({
        inline: "
            package rolecall:sdk;
            world attributes { export rolecall:plugin/attributes@1.0.0; }",
        path: "../../wit/v1",
        with: { "rolecall:plugin/types@1.0.0": crate::bindings::imports::rolecall::plugin::types },
        export_macro_name: "export_attributes",
        pub_export_macro: true,
    });
}

/// Exports `tenants`.
pub mod tenants {
    wit_bindgen::generate!({
        inline: "
            package rolecall:sdk;
            world tenants { export rolecall:plugin/tenants@1.0.0; }",
        path: "../../wit/v1",
        with: { "rolecall:plugin/types@1.0.0": crate::bindings::imports::rolecall::plugin::types },
        export_macro_name: "export_tenants",
        pub_export_macro: true,
    });
}

/// Exports `roles`.
pub mod roles {
    wit_bindgen::generate!({
        inline: "
            package rolecall:sdk;
            world roles { export rolecall:plugin/roles@1.0.0; }",
        path: "../../wit/v1",
        with: { "rolecall:plugin/types@1.0.0": crate::bindings::imports::rolecall::plugin::types },
        export_macro_name: "export_roles",
        pub_export_macro: true,
    });
}
