//! A request whose body is still to come.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Acme;

/// A creation whose body the server has asked for: from then on the request is in its hands.
pub(crate) async fn half_sent(acme: &Acme, length: usize) -> TcpStream {
    let address = address(acme);
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the server listens");
    let head = format!(
        "POST {}/Users HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: {length}\r\n\
         Expect: 100-continue\r\nConnection: close\r\n\r\n",
        acme.scim.base(),
        acme.scim.token(),
    );
    stream
        .write_all(head.as_bytes())
        .await
        .expect("the head goes out");
    let mut asked = [0; 25];
    stream
        .read_exact(&mut asked)
        .await
        .expect("the server asks for the body");
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

pub(crate) fn address(acme: &Acme) -> &str {
    acme.server.origin().trim_start_matches("http://")
}
