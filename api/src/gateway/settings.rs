//! What a gateway is set up with.

use std::time::Duration;

use socketio::Origins;
use sockets::Options;

use super::dialects::auth::Auth;
use super::hub::recovery::Recovery;
use super::hub::task::HubSettings;
use crate::config::SocketSettings;

/// What a gateway is set up with.
pub struct GatewaySettings {
    /// Which web pages of other origins may connect.
    pub origins: Origins,
    /// How the frames of seed 002 are spoken.
    pub auth: Auth,
    /// What a connection may cost, and how long it may be silent.
    pub sockets: SocketSettings,
    /// How long the body of a request may take.
    pub body_timeout: Duration,
    /// How long becoming a WebSocket may take.
    pub upgrade_timeout: Duration,
    /// How long a client may take nothing of what waits for it.
    pub write_stall: Duration,
}

impl GatewaySettings {
    /// What holds for plain WebSockets.
    pub fn options(&self) -> Options {
        Options {
            max_message: self.sockets.max_frame_bytes,
            max_fragments: self.sockets.max_fragments,
            queue_bytes: self.sockets.queue_bytes,
            queue_frames: self.sockets.queue_frames,
            ping_interval: self.sockets.ping_interval,
            ping_timeout: self.sockets.ping_timeout,
            write_stall: self.write_stall,
            ..Options::default()
        }
    }

    /// What holds for Socket.IO.
    pub fn socketio(&self) -> socketio::Options {
        socketio::Options {
            ping_interval: self.sockets.ping_interval,
            ping_timeout: self.sockets.socketio_ping_timeout,
            max_payload: self.sockets.max_payload_bytes,
            origins: self.origins.clone(),
            connect_timeout: self.sockets.connect_timeout,
            max_attachments: self.sockets.max_attachments,
            max_packets: self.sockets.max_packets,
            body_timeout: self.body_timeout,
            upgrade_timeout: self.upgrade_timeout,
            queue_bytes: self.sockets.queue_bytes,
            queue_frames: self.sockets.queue_frames,
            max_fragments: self.sockets.max_fragments,
            write_stall: self.write_stall,
            ..socketio::Options::default()
        }
    }

    /// What holds for the hub.
    pub fn hub(&self) -> HubSettings {
        HubSettings {
            recovery: Recovery { window: self.sockets.resume_window, most_missed: self.sockets.resume_events },
            position_check: self.sockets.position_check,
        }
    }
}
