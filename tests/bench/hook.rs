//! What a sandboxed decision competes with: an HTTP hook, at its best. On loopback, without TLS, one
//! kept-alive connection, and a handler that runs the native function.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::native;

/// Starts the hook's server on a thread that ends with the process.
pub(crate) fn serve() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // An error is the client's end of the conversation.
            thread::spawn(move || answer_all(stream));
        }
    });
    Ok(address)
}

/// One kept-alive connection to the hook.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            body: Vec::new(),
        })
    }

    /// Asks for a decision: the JSON body of the answer, parsed as a host would have to.
    pub(crate) fn decide(&mut self, user: &str, groups: &str) -> Result<Value> {
        let length = user.len() + groups.len() + r#"{"user":,"groups":}"#.len();
        let request = format!(
            "POST /decide HTTP/1.1\r\nHost: hook\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{{\"user\":{user},\"groups\":{groups}}}"
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        read_message(&mut self.stream, &mut self.body)?.context("the hook hung up")?;
        Ok(serde_json::from_slice(&self.body)?)
    }
}

fn answer_all(stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut body = Vec::new();
    let call = native::call("northwind");
    while read_message(&mut stream, &mut body)?.is_some() {
        let asked: Value = serde_json::from_slice(&body)?;
        let (user, groups) = (asked["user"].to_string(), asked["groups"].to_string());
        let (profile, placements, grants) = native::decide_json(&call, &user, &groups)?;
        let placements: Vec<_> = placements
            .iter()
            .map(|placement| json!({"tenant": placement.tenant, "reason": placement.reason}))
            .collect();
        let grants: Vec<_> = grants
            .iter()
            .map(
                |grant| json!({"tenant": grant.tenant, "name": grant.name, "reason": grant.reason}),
            )
            .collect();
        let answer =
            json!({"profile": profile, "placements": placements, "grants": grants}).to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        );
        stream.get_mut().write_all((head + &answer).as_bytes())?;
    }
    Ok(())
}

/// Reads one HTTP message into `body`; none at the end of the connection.
fn read_message(stream: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> Result<Option<()>> {
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if let Some(value) = line.strip_prefix("Content-Length:") {
            length = value.trim().parse()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    body.resize(length, 0);
    stream.read_exact(body)?;
    Ok(Some(()))
}
