//! `sqlite::memory:` is one connection of the server's, and must outlive every request.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::Launch;

#[tokio::test]
async fn clients_that_hang_up_take_nothing_with_them() {
    let server = Launch::on("sqlite::memory:").start().await;
    let operator = server.operator();
    operator.get("/v1/catalog").await.expect(200);
    let address = server.origin().trim_start_matches("http://");
    for _ in 0..200 {
        let mut stream = TcpStream::connect(address)
            .await
            .expect("the server listens");
        let request = format!(
            "GET /v1/users HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\r\n",
            operator.key()
        );
        stream
            .write_all(request.as_bytes())
            .await
            .expect("the request goes out");
    }
    operator.get("/v1/catalog").await.expect(200);
}
