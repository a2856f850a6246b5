//! The app that everybody uses.

fn main() {
    twofold_frontend::start(twofold_frontend::app);
}
