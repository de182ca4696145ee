//! What holds for every page in every state, checked on the rendered HTML.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../examples/pages/samples/mod.rs"]
mod samples;

/// The tags of `html` that begin with `<name`.
fn tags<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.split('<').filter(|tag| tag.split([' ', '>', '\n']).next() == Some(name)).collect()
}

/// What differs between pages: the title, and everything between the frame's top and bottom. One page is kept whole, for
/// the frame. What names of assets say of their content is left out.
fn own_part(name: &str, html: &str) -> String {
    let whole = name == "console-overview";
    let start = if whole { 0 } else { html.find("<main").unwrap() };
    let end = if whole { html.len() } else { html.find("</main>").unwrap() };
    let title = html.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
    let lines = html[start..end].lines().map(str::trim_end).filter(|line| !line.is_empty());
    let text = [title].into_iter().chain(lines).collect::<Vec<_>>().join("\n");
    twinlock_pages::assets::all().into_iter().fold(text, |text, asset| {
        let parts: Vec<_> = asset.url().split('.').collect();
        text.replace(asset.url(), &format!("{}.{}", parts[0], parts[2]))
    })
}

/// A change of words or of shape is seen: whoever makes one looks at it, and accepts it with `cargo insta review`.
#[test]
fn every_page_is_as_it_was_last_looked_at() {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        for (name, html) in samples::all().unwrap() {
            // The guide's words are the book's.
            if !name.starts_with("guide") {
                insta::assert_snapshot!(name.clone(), own_part(&name, &html));
            }
        }
    });
}

#[test]
fn no_page_has_inline_style_or_script() {
    for (name, html) in samples::all().unwrap() {
        assert!(!html.contains("style=") && !html.contains("<style"), "{name}");
        assert!(tags(&html, "script").iter().all(|tag| tag.contains(" src=\"/assets/")), "{name}");
        for tag in html.split('<').filter_map(|part| part.split('>').next()) {
            assert!(!["onclick=", "onsubmit=", "onload=", "javascript:"].iter().any(|it| tag.contains(it)));
        }
    }
}

#[test]
fn every_form_that_posts_carries_its_token_and_every_other_searches() {
    for (name, html) in samples::all().unwrap() {
        for form in html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            if form.contains("method=\"get\"") {
                // What it sends ends up in addresses.
                assert!(!form.contains("csrf") && !form.contains("type=\"password\""), "{name}");
                assert!(html.contains("<search>"), "{name}");
                continue;
            }
            assert!(form.contains("method=\"post\" action=\"/"), "{name}");
            assert!(form.contains("<input type=\"hidden\" name=\"csrf\" value=\"sample-token\">"), "{name}");
        }
    }
}

/// What is wrong with a field is said in one way: by the page, at the field, and never by the browser's bubbles.
#[test]
fn no_form_is_judged_by_the_browser() {
    for (name, html) in samples::all().unwrap() {
        assert!(tags(&html, "form").iter().all(|form| form.contains(" novalidate>")), "{name}");
        assert!(!html.contains("formnovalidate"), "{name}");
    }
}

#[test]
fn every_page_has_one_heading_a_title_and_a_way_past_the_navigation() {
    for (name, html) in samples::all().unwrap() {
        let on_paper_too = usize::from(name.contains("codes") && html.contains("paper-only"));
        assert_eq!(tags(&html, "h1").len(), 1 + on_paper_too, "{name}");
        assert!(html.contains("<title>") && !html.contains("<title> ·"), "{name}");
        assert!(html.contains("href=\"#main\"") && html.contains("id=\"main\""), "{name}");
    }
}

#[test]
fn code_fields_take_a_pasted_code_with_spaces() {
    for (name, html) in samples::all().unwrap() {
        assert!(!html.contains("maxlength"), "{name}");
        for input in tags(&html, "input").iter().filter(|tag| tag.contains("class=\"code\"")) {
            assert!(input.contains("inputmode=\"numeric\""), "{name}: {input}");
        }
    }
}

#[test]
fn errors_are_tied_to_their_fields() {
    for (name, html) in samples::all().unwrap() {
        for input in tags(&html, "input").iter().filter(|tag| tag.contains("aria-invalid")) {
            let described = input.split("aria-describedby=\"").nth(1).unwrap_or_default();
            let id = described.split(['"', ' ']).next().unwrap();
            assert!(id.ends_with("-error") && html.contains(&format!("id=\"{id}\"")), "{name}: {input}");
        }
    }
}

#[test]
fn every_event_of_the_audit_log_has_words() {
    let pages: std::collections::HashMap<_, _> = samples::all().unwrap().into_iter().collect();
    for kind in twinlock_core::audit::EventKind::ALL {
        let value = format!("<option value=\"{}\">", kind.as_str());
        let words = pages["console-audit"].split(&value).nth(1).unwrap().split('<').next().unwrap();
        assert!(
            !words.is_empty() && words != kind.as_str(),
            "templates/macro/events.html: {}",
            kind.as_str()
        );
    }
}

#[test]
fn no_id_is_used_twice() {
    for (name, html) in samples::all().unwrap() {
        let mut ids: Vec<&str> =
            html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{name}");
    }
}

#[test]
fn what_people_typed_is_escaped() {
    use askama::Template;
    use twinlock_pages::view::login::{ForgotSentPage, RecoveryCodePage, SigningIn};
    let evil = "\"><script>alert(1)</script>";
    let who = SigningIn { identifier: evil.into(), tenant_id: evil.into(), tenant_name: evil.into() };
    let page = twinlock_pages::view::Page::default();
    let ways = twinlock_pages::view::Ways::default();
    let recovery = RecoveryCodePage { page: page.clone(), who, ways, typed: evil.into(), error: None };
    assert!(!recovery.render().unwrap().contains("<script>alert"));
    let sent = ForgotSentPage { page, email: evil.into() };
    assert!(!sent.render().unwrap().contains("<script>alert"));
}

#[test]
fn what_people_typed_is_kept_where_it_is_no_secret() {
    let pages: std::collections::HashMap<_, _> = samples::all().unwrap().into_iter().collect();
    for (name, kept) in [
        ("enrol-app-wrong", "value=\"Maria’s phone\""),
        ("enrol-key-taken", "value=\"YubiKey blue\""),
        ("enrol-key-taken", "value=\"yes\" checked"),
        ("login-passkey-refused", "value=\"maria\""),
        ("rename-taken", "value=\"Maria’s phone\""),
        ("login-recovery-wrong", "value=\"1234 5678\""),
        ("login-several-bad", "value=\"Demo Org\""),
        ("forgot-bad", "value=\"maria@\""),
        ("profile-bad", "value=\"maria@\""),
        ("setup-bad", "value=\"Demo!\""),
        ("console-person-new-bad", "value=\"jonas weber\""),
        ("console-person-edit-bad", "value=\"jonas@\""),
        ("console-person-deadline-bad", "value=\"on leave\""),
    ] {
        assert!(pages[name].contains(kept), "{name} lost {kept}");
    }
    for (name, html) in &pages {
        for input in tags(html, "input").iter().filter(|tag| tag.contains("type=\"password\"")) {
            assert!(!input.contains("value="), "{name}: {input}");
        }
    }
}
