//! The tests of a connection that IdPs make, recognised by what they send (`User-Agent` may be missing).

/// A test that identity providers make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Asks for a user or group whose name is a random GUID, and wants an empty list.
    Entra,
    /// Asks for the first two users, and nothing else.
    Okta,
}

impl Probe {
    pub(crate) const ALL: [Self; 2] = [Self::Entra, Self::Okta];

    /// As it stands in `activity.name`.
    pub(crate) fn counted_as(self) -> &'static str {
        match self {
            Self::Entra => "probe.entra",
            Self::Okta => "probe.okta",
        }
    }

    pub(crate) fn sent_by(self) -> &'static str {
        match self {
            Self::Entra => "entra",
            Self::Okta => "okta",
        }
    }

    /// What a GET is, by its path below the base URL and its query, as they were sent.
    pub fn recognise(path: &str) -> Option<Self> {
        let (endpoint, query) = path.split_once('?')?;
        let parameters: Vec<(&str, String)> = query
            .split('&')
            .filter_map(|parameter| parameter.split_once('='))
            .map(|(name, value)| (name, decoded(value)))
            .collect();
        let value = |name: &str| {
            let mut found = parameters
                .iter()
                .filter(|(it, _)| it.eq_ignore_ascii_case(name));
            found.next().map(|(_, value)| value.as_str())
        };
        let endpoint = endpoint.trim_matches('/');
        let users = endpoint.eq_ignore_ascii_case("Users");
        if let Some(filter) = value("filter") {
            let groups = endpoint.eq_ignore_ascii_case("Groups");
            return ((users || groups) && asks_for_guid(filter)).then_some(Self::Entra);
        }
        let first_two = value("startIndex") == Some("1") && value("count") == Some("2");
        (users && first_two && parameters.len() == 2).then_some(Self::Okta)
    }
}

/// `userName eq "GUID"`. externalId is left out: there, a GUID is a person that Entra looks for every day.
fn asks_for_guid(filter: &str) -> bool {
    let Some((comparison, value)) = filter.trim().rsplit_once(' ') else {
        return false;
    };
    let Some((attribute, operator)) = comparison.rsplit_once(' ') else {
        return false;
    };
    let value = value.trim_matches('"');
    operator.eq_ignore_ascii_case("eq")
        && !attribute.eq_ignore_ascii_case("externalId")
        && !attribute.eq_ignore_ascii_case("id")
        && !attribute.contains(" and ")
        && value.len() == 36
        && value.char_indices().all(|(at, it)| match at {
            8 | 13 | 18 | 23 => it == '-',
            _ => it.is_ascii_hexdigit(),
        })
}

/// `+` and the few percent-encodings that these requests have.
fn decoded(value: &str) -> String {
    let mut text = value.replace('+', " ");
    for (code, plain) in [("%20", " "), ("%22", "\""), ("%2D", "-"), ("%2d", "-")] {
        text = text.replace(code, plain);
    }
    text
}

#[cfg(test)]
mod tests;
