//! A WebSocket whose TCP connection can be mistreated.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use socket2::SockRef;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::Failure;

/// How long a server that is alive takes at most to open or close.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open WebSocket.
pub struct WebSocket(WebSocketStream<TcpStream>);

/// Opens one; with the token in the header, if it is given here.
pub async fn open(base: &str, path: &str, token: Option<&str>, small: bool) -> Result<WebSocket, Failure> {
    let host = base.trim_start_matches("http://");
    let mut request = format!("ws://{host}{path}").into_client_request()?;
    if let Some(token) = token {
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse()?);
    }
    let opening = async {
        let socket = TcpSocket::new_v4()?;
        if small {
            socket.set_recv_buffer_size(4096)?;
        }
        let stream = socket.connect(host.parse()?).await?;
        let (stream, _) = client_async(request, stream).await?;
        Ok(WebSocket(stream))
    };
    timeout(PATIENCE, opening).await?
}

impl WebSocket {
    /// The next text; `None` once it is over.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            match self.0.next().await? {
                Ok(Message::Text(text)) => return Some(text.to_string()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    pub async fn say(&mut self, text: &str) -> Result<(), Failure> {
        Ok(timeout(PATIENCE, self.0.send(Message::text(text))).await??)
    }

    /// Resets the TCP connection.
    pub fn cut(self) {
        let _ = SockRef::from(self.0.get_ref()).set_linger(Some(Duration::ZERO));
    }

    pub async fn close(mut self) {
        let _ = timeout(PATIENCE, async {
            self.0.close(None).await?;
            while let Some(Ok(_)) = self.0.next().await {}
            Ok::<_, Failure>(())
        })
        .await;
    }
}
