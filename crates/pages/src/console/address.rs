//! Addresses of lists, with their filter and their place.

/// `path` with those of the parameters that say something.
pub(super) fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let told = parameters.iter().filter(|(_, value)| !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(told).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_asked_for_and_no_more() {
        assert_eq!(address("/console/audit", &[("type", ""), ("cursor", "")]), "/console/audit");
        let asked = [("type", "mfa.enabled"), ("by", ""), ("person", "a&b=c")];
        assert_eq!(address("/console/audit", &asked), "/console/audit?type=mfa.enabled&person=a%26b%3Dc");
    }
}
