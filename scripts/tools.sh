#!/usr/bin/env bash
# Makes sure of the tools: scripts/tools.sh build | test | browser | pictures | package | lint | fuzz | bench
#
# Each tool is looked for first and fetched only if it is missing, so a second run takes a moment and needs no
# network. Nothing of another project is changed: a tool that is there in a version that does not fit is left alone
# and ours goes into a cache folder.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

trunk_version=0.21.14
cargo_deb_version=3.8.0
cargo_deny_version=0.20.2
cargo_fuzz_version=0.13.2
node_version=20.19
npm_node_version=22.23.3
wasm_target=wasm32-unknown-unknown
debian_toolchain=twofold-debian
debian_sources='/usr/src/rustc-*/library/sysroot/Cargo.toml'

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        fail "installing Debian packages needs root, and there is no sudo" "Run as root: $*"
    fi
}

apt_update() {
    if [[ -z ${apt_updated:-} ]]; then
        as_root apt-get -qq update || fail "apt-get update did not work" "Look at the lines above, then run this again."
        apt_updated=1
    fi
}

# apt_install WHY PACKAGE...
apt_install() {
    local why=$1
    shift
    have apt-get || fail "$why is missing, and this system has no apt-get to install it with" \
        "Install what Debian calls: $*"
    step "Installing $why from Debian's packages: $*"
    apt_update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@" >/dev/null ||
        fail "apt-get could not install: $*" "Look at the lines above, then run this again."
}

# need_packages WHY COMMAND=PACKAGE...: installs the packages whose commands are missing, in one go.
need_packages() {
    local why=$1 pair missing=()
    shift
    for pair in "$@"; do
        have "${pair%%=*}" || missing+=("${pair#*=}")
    done
    if ((${#missing[@]} > 0)); then
        apt_install "$why" "${missing[@]}"
    fi
}

# Whether the compiler that builds here has a standard library for the browser.
has_wasm_target() {
    local lib
    lib=$(rustc --print target-libdir --target "$wasm_target" 2>/dev/null) || return 1
    compgen -G "$lib/libcore-*.rlib" >/dev/null
}

need_rust() {
    need_packages "a C compiler (for SQLite and for linking)" cc=build-essential
    if ! have cargo || ! have rustc; then
        have apt-get || fail "there is no Rust on this machine" \
            "Install it from https://rustup.rs, then run this again."
        note "There is no Rust here; Debian's is used. (https://rustup.rs has the usual one.)"
        use_debian_rust
        return
    fi
    if has_wasm_target; then
        return
    fi
    if have rustup; then
        step "Adding the target $wasm_target to the Rust toolchain (rustup)"
        # rustup waits for ever on a server that is reachable and silent.
        if RUST_BACKTRACE=0 timeout --foreground 300 rustup target add "$wasm_target" && has_wasm_target; then
            return
        fi
        note "rustup cannot add it (its server may be out of reach); trying Debian's Rust."
    fi
    use_debian_rust
}

# Debian's compiler knows the target, but its standard library has to be built: from Debian's own sources, by Debian's
# own cargo, since libraries of one compiler do not fit another.
use_debian_rust() {
    local lib=/usr/lib/rustlib/$wasm_target/lib sources build
    have apt-get || fail "this Rust toolchain has no target $wasm_target" \
        "Where the Rust release server can be reached: rustup target add $wasm_target" \
        "Elsewhere Debian's packages rustc-web and rust-web-src help, but this system has no apt-get."
    if [[ ! -x /usr/bin/cargo || ! -x /usr/bin/wasm-ld-22 ]] || ! compgen -G "$debian_sources" >/dev/null; then
        apt_install "Rust with its library sources (about 1 GB unpacked)" \
            rustc-web cargo-web rust-web-src rust-web-llvm lld-22 rust-web-clippy rustfmt-web
    fi
    if ! compgen -G "$lib/libcore-*.rlib" >/dev/null; then
        step "Building Rust's standard library for the browser (half a minute)"
        sources=$(compgen -G "$debian_sources" | sort --version-sort | tail -n 1)
        build=$(mktemp -d)
        env -u CARGO_TARGET_DIR -u RUSTUP_TOOLCHAIN PATH="/usr/bin:/bin" \
            RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zforce-unstable-if-unmarked -Cembed-bitcode=yes" \
            /usr/bin/cargo build --release --manifest-path "$sources" --target "$wasm_target" \
            --features panic-unwind --target-dir "$build" ||
            fail "Rust's standard library for $wasm_target did not build" \
                "The lines above say why; the sources are those of Debian's package rust-web-src."
        as_root mkdir -p "$lib"
        as_root cp "$build/$wasm_target"/release/deps/*.rlib "$lib/"
        rm -rf "$build"
    fi
    if have rustup; then
        # Only this folder is built with it; the default toolchain stays what it is.
        rustup toolchain link "$debian_toolchain" /usr
        rustup override set --path "$root" "$debian_toolchain" >/dev/null
        if [[ -n ${RUSTUP_TOOLCHAIN:-} ]]; then
            fail "RUSTUP_TOOLCHAIN=$RUSTUP_TOOLCHAIN has no target $wasm_target" \
                "Unset it: this folder is set to the toolchain $debian_toolchain, which has."
        fi
    fi
    has_wasm_target || fail "$(command -v rustc) still has no target $wasm_target" \
        "/usr/bin/rustc has it: put /usr/bin first on PATH, or unset RUSTC."
}

# Trunk 0.22 and later need a newer Rust than this workspace, so a missing one is installed in a fixed version.
need_trunk() {
    local found
    if have trunk; then
        found=$(trunk --version | awk '{print $2}')
        if [[ $(printf '%s\n' 0.21 "$found" | sort --version-sort | head -n 1) == 0.21 ]]; then
            return
        fi
        note "trunk $found is too old."
    fi
    step "Installing trunk $trunk_version (6 minutes on two cores)"
    cargo_install trunk "$trunk_version"
}

# Trunk takes the wasm-bindgen on PATH only in exactly the version of the library.
need_wasm_bindgen() {
    local place=()
    [[ -n $wasm_bindgen_version ]] || fail "Cargo.toml does not pin wasm-bindgen" \
        'It needs a line: wasm-bindgen = "=0.2.N"'
    if have wasm-bindgen; then
        if [[ $(wasm-bindgen --version) == "wasm-bindgen $wasm_bindgen_version" ]]; then
            return
        fi
        place=(--root "$cache/wasm-bindgen-$wasm_bindgen_version")
    fi
    step "Installing wasm-bindgen $wasm_bindgen_version (2 minutes on two cores)"
    cargo_install wasm-bindgen-cli "$wasm_bindgen_version" "${place[@]}"
    hash -r
}

# cargo_install CRATE VERSION [OPTION]...: outside the workspace, so that none of its settings count.
cargo_install() {
    local crate=$1 version=$2
    shift 2
    (cd / && env -u CARGO_TARGET_DIR cargo install --quiet --locked "$@" "$crate@$version") ||
        fail "cargo could not install $crate $version" "Is crates.io reachable? The lines above say more."
}

# Playwright, axe and Vite need a newer Node.js than some have; npm carries Node.js itself.
need_node() {
    local found
    need_packages "Node.js (for making the app small and for the browser tests)" node=nodejs npm=npm
    found=$(node --print process.versions.node)
    if [[ $(printf '%s\n' "$node_version" "$found" | sort --version-sort | head -n 1) != "$node_version" ]]; then
        step "Fetching Node.js $npm_node_version from npm (this machine's is $found)"
        mkdir -p "$cache/node"
        npm --prefix "$cache/node" install --silent --no-save "node@$npm_node_version" ||
            fail "npm could not install node@$npm_node_version" "Or install Node.js $node_version or newer yourself."
        hash -r
    fi
}

# need_npm build|test: the packages of e2e/package-lock.json, the one place that pins npm packages and their hashes.
# The build wants binaryen (wasm-opt; Debian's is too old for today's wasm) and terser alone, the tests want all.
need_npm() {
    local scope=$1 stamp=e2e/node_modules/.twofold wanted options=()
    wanted=$(sha256sum <e2e/package-lock.json)
    if [[ -f $stamp ]]; then
        case "$(<"$stamp")" in
        "test $wanted") return ;;
        "$scope $wanted") return ;;
        esac
    fi
    if [[ $scope == build ]]; then
        step "Fetching binaryen and terser from npm"
        options=(--omit=dev)
    else
        step "Fetching Playwright, axe, Lighthouse, the QR decoders and Clerk's packages from npm"
    fi
    # The browser is Debian's; the one that Playwright would fetch is from elsewhere.
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm --prefix e2e ci --loglevel=error "${options[@]}" ||
        fail "npm could not install the packages of e2e/package-lock.json" "Is npm's registry reachable?"
    printf '%s' "$scope $wanted" >"$stamp"
}

need_browser() {
    if [[ -z $(chromium_program) ]]; then
        apt_install "Chromium" chromium fonts-dejavu-core
    fi
    [[ -n $(chromium_program) ]] || fail "there is no Chromium" "Name one: CHROMIUM=/path/to/it make test"
    need_packages "the browser's driver and the tests' own readers of QR codes, makers of codes, way to the data and clock" \
        chromedriver=chromium-driver zbarimg=zbar-tools oathtool=oathtool sqlite3=sqlite3 faketime=faketime
}

# schemathesis and aiosmtpd, in an environment of their own; e2e/description/requirements.txt pins them and all that they
# need, with hashes.
need_python_packages() {
    local requirements=e2e/description/requirements.txt folder=$cache/schemathesis wanted
    wanted=$(sha256sum <"$requirements")
    if [[ -x $schemathesis && -f $folder/.twofold && $(<"$folder/.twofold") == "$wanted" ]]; then
        return
    fi
    need_packages "Python (for schemathesis and a mail server)" python3=python3
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "schemathesis needs Python 3.11 or newer; this is $(python3 --version)"
    python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install "Python's virtual environments" python3-venv
    step "Fetching schemathesis and aiosmtpd from PyPI"
    rm -rf "$folder"
    python3 -m venv "$folder" || fail "python3 could not make a virtual environment in $folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$requirements" ||
        fail "pip could not install the packages of $requirements" "Is PyPI reachable?"
    printf '%s' "$wanted" >"$folder/.twofold"
}

need_postgres() {
    if [[ -z $(postgres_programs) ]]; then
        apt_install "PostgreSQL" postgresql
    fi
    [[ -n $(postgres_programs) ]] || fail "there is no PostgreSQL" "The tests look for initdb on PATH."
}

# Debian's package is unpacked, not installed: that would start a web server on port 80.
need_nginx() {
    local folder package
    if [[ -z $(nginx_program) ]]; then
        have apt-get || fail "there is no nginx, and this system has no apt-get to fetch it with" \
            "Install it, or name one: NGINX=/path/to/it make test"
        step "Fetching nginx from Debian's packages"
        apt_update
        folder=$(mktemp -d)
        # Some releases keep the program in the second.
        for package in nginx nginx-core; do
            (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download "$package") ||
                fail "apt-get could not download $package" "Look at the lines above, then run this again."
            dpkg-deb --extract "$folder/$package"_*.deb "$folder/$package"
            if [[ -x $folder/$package/usr/sbin/nginx ]]; then
                mkdir -p "$cache/nginx"
                mv "$folder/$package/usr/sbin/nginx" "$cache/nginx/nginx"
                break
            fi
        done
        rm -rf "$folder"
    fi
    [[ -n $(nginx_program) ]] || fail "there is no nginx" "Name one: NGINX=/path/to/it make test"
    "$(nginx_program)" -e stderr -v 2>/dev/null || fail "$(nginx_program) does not run" \
        "It may miss a library: installing Debian's package nginx brings all of them."
}

# Like nginx, unpacked and not installed: that would start a service. It comes with the libraries that are missing, and a
# script of its name that has it find them.
need_pgbouncer() {
    local folder package libraries
    if [[ -z $(pgbouncer_program) ]]; then
        have apt-get || fail "there is no pgbouncer, and this system has no apt-get to fetch it with" \
            "Install it, or name one: PGBOUNCER=/path/to/it make test"
        step "Fetching pgbouncer from Debian's packages"
        apt_update
        libraries=$(apt-cache depends pgbouncer | sed -nE 's/^ *\|?Depends: (lib[a-z0-9.+-]+)$/\1/p')
        folder=$(mktemp -d)
        for package in pgbouncer $libraries; do
            if [[ $(dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null) == *" installed" ]]; then
                continue
            fi
            (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download "$package") ||
                fail "apt-get could not download $package" "Look at the lines above, then run this again."
            dpkg-deb --extract "$folder/$package"_*.deb "$folder/unpacked"
        done
        mkdir -p "$cache/pgbouncer/pgbouncer.lib"
        mv "$folder/unpacked/usr/sbin/pgbouncer" "$cache/pgbouncer/pgbouncer.lib/program"
        find "$folder/unpacked" -name '*.so.*' -exec mv --target-directory="$cache/pgbouncer/pgbouncer.lib" {} +
        cat >"$cache/pgbouncer/pgbouncer" <<'EOF'
#!/bin/sh
folder=$(dirname "$0")/pgbouncer.lib
LD_LIBRARY_PATH=$folder exec "$folder/program" "$@"
EOF
        chmod +x "$cache/pgbouncer/pgbouncer"
        rm -rf "$folder"
    fi
    [[ -n $(pgbouncer_program) ]] || fail "there is no pgbouncer" "Name one: PGBOUNCER=/path/to/it make test"
    "$(pgbouncer_program)" --version >/dev/null || fail "$(pgbouncer_program) does not run" \
        "It may miss a library: installing Debian's package pgbouncer brings all of them."
}

# Unpacked, too: installed it would take port 80.
need_caddy() {
    local folder
    if [[ -z $(caddy_program) ]]; then
        have apt-get || fail "there is no Caddy, and this system has no apt-get to fetch it with" \
            "Install it, or name one: CADDY=/path/to/it make test"
        step "Fetching Caddy from Debian's packages"
        apt_update
        folder=$(mktemp -d)
        (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download caddy) ||
            fail "apt-get could not download caddy" "Look at the lines above, then run this again."
        dpkg-deb --extract "$folder"/caddy_*.deb "$folder/caddy"
        mkdir -p "$cache/caddy"
        mv "$folder/caddy/usr/bin/caddy" "$cache/caddy/caddy"
        rm -rf "$folder"
    fi
    [[ -n $(caddy_program) ]] || fail "there is no Caddy" "Name one: CADDY=/path/to/it make test"
}

# What makes the Debian package and tries it: dpkg's own programs, and systemd's for its unit.
need_package() {
    need_packages "what makes and tries the Debian package" \
        dpkg-shlibdeps=dpkg-dev systemd-analyze=systemd openssl=openssl curl=curl
    if ! have cargo-deb; then
        step "Installing cargo-deb $cargo_deb_version (2 minutes on two cores)"
        cargo_install cargo-deb "$cargo_deb_version"
    fi
}

need_lint() {
    if ! rustfmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
        fail "rustfmt or clippy is missing" "rustup component add rustfmt clippy"
    fi
    if ! have cargo-deny; then
        step "Installing cargo-deny $cargo_deny_version (5 minutes on two cores)"
        cargo_install cargo-deny "$cargo_deny_version"
    fi
    need_packages "shellcheck" shellcheck=shellcheck
}

need_fuzz() {
    need_packages "a C++ compiler (for libFuzzer)" c++=g++
    if ! have cargo-fuzz; then
        step "Installing cargo-fuzz $cargo_fuzz_version (a minute on two cores)"
        cargo_install cargo-fuzz "$cargo_fuzz_version"
    fi
}

case "${1:-}" in
build)
    need_rust
    need_node
    need_npm build
    need_trunk
    need_wasm_bindgen
    ;;
test)
    need_rust
    need_node
    need_npm test
    need_trunk
    need_wasm_bindgen
    need_browser
    need_postgres
    need_nginx
    need_pgbouncer
    need_python_packages
    ;;
browser)
    need_node
    need_npm test
    need_browser
    ;;
pictures)
    need_node
    need_npm test
    need_browser
    need_packages "what joins pictures to an animated one" img2webp=webp
    ;;
package)
    need_rust
    need_package
    ;;
lint)
    need_rust
    need_lint
    ;;
fuzz)
    need_rust
    need_fuzz
    ;;
bench)
    need_postgres
    ;;
*)
    fail "scripts/tools.sh: no such set of tools: ${1:-(none)}" \
        "There are: build, test, browser, pictures, package, lint, fuzz, bench."
    ;;
esac
