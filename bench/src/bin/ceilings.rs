//! The bare routes that the server is compared with: `ceilings DATABASE_URL REPLY_FILE`.

use twofold_bench::{Outcome, ceilings};

#[tokio::main]
async fn main() -> Outcome<()> {
    let [url, reply] = [1, 2].map(|n| std::env::args().nth(n));
    let url = url.ok_or("the first argument is the address of a database")?;
    let reply = reply.ok_or("the second argument is a file with a reply")?;
    ceilings::serve(&url, &std::fs::read(reply)?).await
}
