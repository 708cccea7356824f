use super::{Template, TemplateError};

fn rendered(template: &str, values: &[(&str, &str)]) -> Option<String> {
    Template::parse(template).unwrap().render(|slot| {
        let value = values.iter().find(|(name, _)| name == slot);
        value.map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn slots_are_filled() {
    let values = [("name.givenName", "Ann"), ("name.familyName", "Lee")];
    let template = "{name.givenName} {name.familyName}";
    assert_eq!(rendered(template, &values).as_deref(), Some("Ann Lee"));
    assert_eq!(rendered(template, &values[..1]).as_deref(), Some("Ann "));
    assert_eq!(rendered(template, &[]), None);
    assert_eq!(rendered("northwind", &[]).as_deref(), Some("northwind"));
}

#[test]
fn transformations_follow_bars() {
    let values = [("customer", "Customer A")];
    assert_eq!(
        rendered("nw-{customer|slug}", &values).as_deref(),
        Some("nw-customer-a")
    );
    assert_eq!(
        rendered("{ customer | lower | slug }", &values).as_deref(),
        Some("customer-a")
    );
}

#[test]
fn a_path_may_hold_braces_bars_and_quotes() {
    let path = r#"emails[type eq "a}|\"b"].value"#;
    let template = format!("<{{{path}|lower}}>");
    assert_eq!(
        rendered(&template, &[(path, "A@B")]).as_deref(),
        Some("<a@b>")
    );
}

#[test]
fn doubled_braces_are_braces() {
    assert_eq!(rendered("{{{a}}}", &[("a", "x")]).as_deref(), Some("{x}"));
    assert_eq!(Template::parse("{{x}}").unwrap().literal(), Some("{x}"));
}

#[test]
fn mistakes_are_named() {
    let cases = [
        ("", TemplateError::Empty),
        ("a {b", TemplateError::Brace(3)),
        ("a} b", TemplateError::Brace(2)),
        (
            "{a|reverse}",
            TemplateError::Transform("reverse".to_owned()),
        ),
    ];
    for (text, error) in cases {
        assert_eq!(Template::parse(text), Err(error), "{text:?}");
    }
}

#[test]
fn a_slot_that_cannot_be_resolved_is_an_error() {
    let template = Template::parse("{a}-{b}").unwrap();
    let resolved = template.resolve(|slot| {
        if slot == "a" {
            Ok(1)
        } else {
            Err(slot.to_owned())
        }
    });
    assert_eq!(resolved, Err("b".to_owned()));
}
