//! Engine.IO by polling alone: one request waits for what is told, others say things beside it.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::Failure;

/// Longer than the server lets a poll wait.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long saying something may take.
const SOON: Duration = Duration::from_secs(10);
/// Between packets.
const SEPARATOR: char = '\u{1e}';

/// An open session.
pub struct Polling {
    client: reqwest::Client,
    url: String,
    packets: mpsc::Receiver<String>,
    poller: JoinHandle<()>,
}

impl Polling {
    pub async fn open(base: &str) -> Result<Self, Failure> {
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        let url = format!("{base}/socket.io/?EIO=4&transport=polling");
        let opened = client.get(&url).timeout(SOON).send().await?.text().await?;
        let opened: serde_json::Value = serde_json::from_str(opened.strip_prefix('0').ok_or("no handshake")?)?;
        let url = format!("{url}&sid={}", opened["sid"].as_str().ok_or("no sid")?);
        let (sender, packets) = mpsc::channel(1);
        let poller = tokio::spawn(poll(client.clone(), url.clone(), sender));
        Ok(Self { client, url, packets, poller })
    }

    /// The next packet; `None` once it is over.
    pub async fn next(&mut self) -> Option<String> {
        self.packets.recv().await
    }

    pub async fn say(&mut self, packet: &str) -> Result<(), Failure> {
        let answer = self.client.post(&self.url).timeout(SOON).body(packet.to_owned()).send().await?;
        answer.error_for_status()?;
        Ok(())
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.poller.abort();
    }
}

/// Polls until it fails, or nobody takes the packets any more.
async fn poll(client: reqwest::Client, url: String, packets: mpsc::Sender<String>) {
    loop {
        let Ok(answer) = client.get(&url).send().await.and_then(reqwest::Response::error_for_status) else { return };
        let Ok(text) = answer.text().await else { return };
        for packet in text.split(SEPARATOR) {
            if packets.send(packet.to_owned()).await.is_err() {
                return;
            }
        }
    }
}
