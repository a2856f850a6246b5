//! The app of those who run the place: nobody else loads it.

fn main() {
    twofold_frontend::start(twofold_frontend::dashboard);
}
