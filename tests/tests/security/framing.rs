//! Handshakes and frames, by the byte, at the doors for plain WebSocket. Each rule by itself is tried in `sockets`.

use tests::control::Control;
use tests::on_each_database;
use tests::raw::{Raw, UPGRADE, masked};

/// What is sent, and the code that closes the connection.
fn faults() -> Vec<(&'static str, Vec<u8>, u16)> {
    let declared = |length: u64| [&[0x81, 0xFF][..], &length.to_be_bytes(), &[0; 4]].concat();
    let mut split = masked(0x01, "ä".as_bytes().get(..1).unwrap());
    split.extend(masked(0x80, b"x"));
    vec![
        ("not masked", vec![0x81, 2, b'{', b'}'], 1002),
        ("RSV1, as if compressed", masked(0xC1, b"{}"), 1002),
        ("RSV2", masked(0xA1, b"{}"), 1002),
        ("RSV3", masked(0x91, b"{}"), 1002),
        ("opcode 3", masked(0x83, b"{}"), 1002),
        ("opcode 7", masked(0x87, b"{}"), 1002),
        ("opcode 11", masked(0x8B, b""), 1002),
        ("opcode 15", masked(0x8F, b""), 1002),
        ("a ping of 126 bytes", masked(0x89, &[0; 126]), 1002),
        ("a ping in fragments", masked(0x09, b""), 1002),
        ("a close in fragments", masked(0x08, b""), 1002),
        ("a continuation of nothing", masked(0x80, b"{}"), 1002),
        ("a message within another", [masked(0x01, b"{"), masked(0x81, b"}")].concat(), 1002),
        ("a close of one byte", masked(0x88, &[3]), 1002),
        ("close code 0", masked(0x88, &0u16.to_be_bytes()), 1002),
        ("close code 1004", masked(0x88, &1004u16.to_be_bytes()), 1002),
        ("close code 1005", masked(0x88, &1005u16.to_be_bytes()), 1002),
        ("close code 1006", masked(0x88, &1006u16.to_be_bytes()), 1002),
        ("close code 1015", masked(0x88, &1015u16.to_be_bytes()), 1002),
        ("close code 2000", masked(0x88, &2000u16.to_be_bytes()), 1002),
        ("close code 65535", masked(0x88, &[0xFF, 0xFF]), 1002),
        ("a close reason that is no text", masked(0x88, &[3, 0xE8, 0xFF]), 1007),
        ("text that is no UTF-8", masked(0x81, &[0xC0, 0xAF]), 1007),
        ("text with a surrogate", masked(0x81, &[0xED, 0xA0, 0x80]), 1007),
        ("text that ends within a character", masked(0x81, &[0xE2, 0x82]), 1007),
        ("text that breaks between fragments", split, 1007),
        ("64 KiB and one byte, announced", declared(64 * 1024 + 1), 1009),
        ("2^31 bytes, announced", declared(1 << 31), 1009),
        ("2^63 bytes, announced", declared(1 << 63), 1009),
        ("2^64 - 1 bytes, announced", declared(u64::MAX), 1009),
        ("65 fragments", [masked(0x01, b""), masked(0x00, b"").repeat(64)].concat(), 1009),
        ("fragments that add up", [masked(0x02, &vec![0; 60_000]), masked(0x00, &vec![0; 60_000])].concat(), 1009),
    ]
}

on_each_database! {
    /// S44: pages that are not listed are refused at every door; programs, which send no origin, are not. Without a
    /// list every page may try: it has no cookie to borrow.
    async fn pages_that_are_not_listed_do_not_connect(app: App) {
        const GOOD: &str = "https://good.example";
        let mut control = Control::start(&app.http).await;
        let listed = app.another(|settings| settings.http.cors_origins = Some(vec![GOOD.to_owned()])).await;
        let ada = listed.http.person("ada").await;
        let token = format!("Authorization: Bearer {}\r\n", ada.token());
        let doors = ["/ws", "/", "/socket.io/?EIO=4&transport=websocket"];
        let polling = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n";
        for origin in [
            "https://evil.example", "null", "https://good.example.evil", "https://evil.good.example", "http://good.example",
            "https://good.example:444", "https://good.example/", "https://good.example\t, https://evil.example", "", "*",
            "https://good.example\u{1}", "https://good.example\u{fc}",
        ] {
            let header = format!("Origin: {origin}\r\n");
            for path in doors {
                let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{UPGRADE}{token}{header}\r\n");
                let status = Raw::ask(&listed.base, request).await.unwrap().status;
                // What may not stand in a header at all is refused before anybody asks whose page it is.
                assert!(status == 403 || status == 400 && origin.contains('\u{1}'), "{status} {path} {origin:?}");
            }
            let status = Raw::ask(&listed.base, format!("{polling}{header}\r\n")).await.unwrap().status;
            assert!(status == 403 || status == 400 && origin.contains('\u{1}'), "{status} {origin:?}");
        }
        for header in [format!("Origin: {GOOD}\r\n"), String::new()] {
            for path in doors {
                Raw::websocket(&listed.base, path, &format!("{token}{header}")).await;
            }
            assert_eq!(Raw::ask(&listed.base, format!("{polling}{header}\r\n")).await.unwrap().status, 200);
        }
        for origin in ["https://any.example", "null"] {
            Raw::websocket(&app.base, "/ws", &format!("Origin: {origin}\r\n")).await;
        }
        listed.stop().await;
        control.works().await;
    }

    /// S45: a handshake that is none becomes no socket.
    async fn handshakes_that_are_none_are_refused(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        let token = format!("Authorization: Bearer {}\r\n", ada.token());
        let without = |name: &str| -> String {
            UPGRADE.split_inclusive("\r\n").filter(|line| !line.starts_with(name)).collect()
        };
        for (line, headers, statuses) in [
            ("GET {} HTTP/1.1", without("Sec-WebSocket-Key"), vec![400]),
            ("GET {} HTTP/1.1", without("Sec-WebSocket-Version"), vec![400, 426]),
            ("GET {} HTTP/1.1", UPGRADE.replace("Version: 13", "Version: 12"), vec![400, 426]),
            ("GET {} HTTP/1.1", UPGRADE.replace("Version: 13", "Version: 0"), vec![400, 426]),
            ("GET {} HTTP/1.1", UPGRADE.replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="), vec![400]),
            ("GET {} HTTP/1.1", UPGRADE.replace("dGhlIHNhbXBsZSBub25jZQ==", "not base64"), vec![400]),
            ("GET {} HTTP/1.0", UPGRADE.to_owned(), vec![400, 404, 426]),
            ("POST {} HTTP/1.1", UPGRADE.to_owned(), vec![400, 404, 405]),
            ("DELETE {} HTTP/1.1", UPGRADE.to_owned(), vec![400, 404, 405]),
            ("GET {} HTTP/1.1", UPGRADE.replace("Upgrade: websocket", "Upgrade: h2c"), vec![400, 404]),
        ] {
            for path in ["/ws", "/"] {
                let request = format!("{}\r\nHost: x\r\n{headers}{token}\r\n", line.replace("{}", path));
                let answer = Raw::ask(&app.base, &request).await.unwrap();
                assert!(statuses.contains(&answer.status), "{request}{answer:?}");
            }
        }
        control.works().await;
    }

    /// S46 to S48: frames that break the protocol close the connection with the code that says so.
    async fn frames_that_are_none_close_the_connection(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        for (name, bytes, code) in faults() {
            let mut raw = Raw::dial(&ada).await;
            raw.send(bytes).await;
            assert_eq!(raw.close_code().await, Some(code), "{name}");
            control.works().await;
        }
        control.works().await;
    }

    /// S49: floods of fragments and of pings end, and cost nobody else anything.
    async fn floods_of_small_frames_end(app: App) {
        let mut control = Control::start(&app.http).await;
        let ada = app.http.person("ada").await;
        for (name, flood) in [
            ("one-byte fragments", [masked(0x01, b"{"), masked(0x00, b"{").repeat(65_000)].concat()),
            ("empty continuations", [masked(0x01, b""), masked(0x00, b"").repeat(65_000)].concat()),
            ("pings", masked(0x89, b"").repeat(100_000)),
            ("pongs", masked(0x8A, &[0; 125]).repeat(20_000)),
        ] {
            let mut raw = Raw::dial(&ada).await;
            raw.send(flood).await;
            control.works().await;
            let code = raw.close_code().await;
            assert!(matches!(code, Some(1008 | 1009) | None), "{name}: {code:?}");
        }
        control.works().await;
    }

    /// S50: nothing is ever compressed on a socket, also if a client offers it.
    async fn compression_is_not_negotiated(app: App) {
        let ada = app.http.person("ada").await;
        for path in ["/ws", "/", "/socket.io/?EIO=4&transport=websocket"] {
            let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-webkit-deflate-frame\r\n";
            let token = format!("Authorization: Bearer {}\r\n", ada.token());
            let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{UPGRADE}{offer}{token}\r\n");
            let answer = Raw::ask(&app.base, request).await.unwrap();
            assert_eq!((answer.status, answer.header("sec-websocket-extensions")), (101, None));
        }
    }
}
