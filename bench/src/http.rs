//! A client that costs next to nothing: whole requests over a connection that stays open.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{ORIGIN, Outcome};

/// No reply has more.
const MOST_HEADERS: usize = 64;

/// A connection that stays open.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// A reply.
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// The cookie of the client, as a browser sends it, where the server sets one.
    pub cookie: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The same, if it has that status.
    pub fn expect(self, status: u16) -> Outcome<Self> {
        if self.status == status {
            Ok(self)
        } else {
            let body = String::from_utf8_lossy(&self.body);
            Err(format!("{} instead of {status}: {body}", self.status).into())
        }
    }
}

/// A question with that cookie.
pub fn get(path: &str, cookie: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n")
}

/// A form with that cookie, whose values need no escapes.
pub fn post(path: &str, cookie: &str, form: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nOrigin: {ORIGIN}\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::with_capacity(16 * 1024),
        })
    }

    /// Sends a request and waits for its reply.
    pub async fn call(&mut self, request: &str) -> Outcome<Reply> {
        self.stream.write_all(request.as_bytes()).await?;
        self.received.clear();
        loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err("the server ended the connection".into());
            }
            if let Some(reply) = parse(&self.received)? {
                return Ok(reply);
            }
        }
    }
}

/// The reply, if it is whole.
fn parse(received: &[u8]) -> Outcome<Option<Reply>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head_length) = head.parse(received)? else {
        return Ok(None);
    };
    let mut length = 0;
    let mut cookie = None;
    for header in &*head.headers {
        let value = || std::str::from_utf8(header.value);
        if header.name.eq_ignore_ascii_case("content-length") {
            length = value()?.parse()?;
        } else if header.name.eq_ignore_ascii_case("set-cookie") {
            let named = value()?.split(';').next().unwrap_or_default();
            if named.starts_with("client=") {
                cookie = Some(named.to_owned());
            }
        }
    }
    let Some(body) = received[head_length..].get(..length) else {
        return Ok(None);
    };
    Ok(Some(Reply {
        status: head.code.ok_or("a reply without a status")?,
        cookie,
        body: body.to_vec(),
    }))
}
