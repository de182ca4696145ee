# What a person types. Each recipe is a thin name for a script or a command; `just` lists them.

_default:
    @just --list --unsorted

# start a throw-away server with accounts that work at once
demo *args:
    cargo run -- demo {{ args }}

# start a server that keeps its data in ./data
run *args:
    cargo run -- serve {{ args }}

# every check there is, or only the named stages: just test clippy tests
test *stages:
    scripts/test {{ stages }}

# format everything
fmt:
    cargo fmt --all

# the tests of one crate on SQLite: just crate twinlock-store
crate name *args:
    cargo nextest run -p {{ name }} {{ args }}

# run a command with a throw-away PostgreSQL, its address in TWINLOCK_TEST_POSTGRES
postgres *command:
    scripts/postgres {{ command }}

# the browser journeys: just journeys --project phone
journeys *args:
    cargo build
    cd e2e && npx --no-install playwright test {{ args }}

# pictures of every page, at both sizes and in both schemes, into e2e/output/
screenshots:
    cargo build
    cd e2e && npx --no-install playwright test pages.spec.ts

# accept the changed snapshots of API shapes and pages, after reading the diff
snapshots:
    INSTA_UPDATE=always cargo nextest run --workspace
    git diff --stat -- '*.snap'

# odd input to every operation of the API: just fuzz --max-examples 500
fuzz *args:
    cargo build
    scripts/schemathesis {{ args }}

# which rows of the attack catalogue have a test
attack-rows *args:
    scripts/attack-rows {{ args }}

# the binary that is shipped: target/dist/twinlock
dist:
    cargo build --profile dist

# measure what is shipped, each row beside a reference of the same run: just bench --only second-step
bench *args:
    cargo build --profile dist -p twinlock-server -p twinlock-benches
    target/dist/twinlock-benches target/dist/twinlock --scratch target --json target/bench.json {{ args }}

# the guides as a book, and the documentation of the code
docs:
    mdbook build docs
    cargo doc --workspace --no-deps
