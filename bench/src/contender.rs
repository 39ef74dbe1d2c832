//! The servers that are compared, and the people on each.

use std::path::Path;
use std::rc::Rc;

use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use crate::confab::Confab;
use crate::driver::{Driver, Person};
use crate::floor::Floor;
use crate::server::{Recipe, Server};
use crate::{Result, fault};

/// One of a server's protocols.
#[derive(Clone)]
pub struct Door {
    /// Its name in the results.
    pub name: &'static str,
    /// What speaks it.
    pub driver: Rc<dyn Driver>,
}

/// A server to be measured.
pub struct Contender {
    /// Its name in the results.
    pub name: &'static str,
    /// What is measured of it.
    pub doors: Vec<Door>,
    /// Whether it has the REST API.
    pub rest: bool,
    /// How it is started.
    pub recipe: Recipe,
}

/// Where everything is.
pub struct Places<'a> {
    /// Confab's program.
    pub confab: &'a Path,
    /// The program of the bare fan-out.
    pub floor: &'a Path,
    /// The folder of the server on Node.
    pub node: &'a Path,
    /// The program of the server on socketioxide.
    pub socketioxide: &'a Path,
    /// A PostgreSQL where databases may be made.
    pub postgres: Option<&'a str>,
}

fn door(driver: impl Driver + 'static) -> Door {
    Door { name: driver.name(), driver: Rc::new(driver) }
}

/// Everybody who can be measured with what there is.
pub fn all(places: &Places) -> Vec<Contender> {
    let confab = |name, postgres| Contender {
        name,
        doors: vec![door(Confab::WebSocket), door(Confab::SocketIo)],
        rest: true,
        recipe: Recipe::new(places.confab, &["serve"], postgres).env("RATE_LIMITS", "off"),
    };
    let floor = |name, keep: &str, postgres| Contender {
        name,
        doors: vec![door(Floor::default())],
        rest: false,
        recipe: Recipe::new(places.floor, &[keep], postgres),
    };
    let rival = |name, program: &Path, args: &[&str]| Contender {
        name,
        doors: vec![door(Confab::SocketIo)],
        rest: true,
        recipe: Recipe::new(program, args, true).env("NODE_ENV", "production"),
    };
    let mut all = vec![confab("confab-sqlite", false), floor("floor", "nothing", false)];
    if places.postgres.is_some() {
        all.push(confab("confab-postgres", true));
        all.push(floor("floor-postgres", "each", true));
        all.push(floor("floor-postgres-merged", "merged", true));
        if places.node.join("node_modules").exists() {
            let script = std::path::absolute(places.node.join("server.mjs")).unwrap_or_default();
            all.push(rival("node", Path::new("node"), &[&script.to_string_lossy()]));
        }
        if places.socketioxide.exists() {
            all.push(rival("socketioxide", places.socketioxide, &[]));
        }
    }
    all
}

/// A server that is running, and who is registered there.
pub struct Arena {
    /// The server.
    pub server: Server,
    people: Vec<Rc<Person>>,
}

impl Arena {
    /// With nobody yet.
    pub fn new(server: Server) -> Self {
        Self { server, people: Vec::new() }
    }

    /// So many people; they are made as they are needed, and stay. What making them took is no part of what is measured,
    /// so the server is then started anew.
    pub async fn people(&mut self, door: &Door, count: usize) -> Result<Vec<Rc<Person>>> {
        let missing = count.saturating_sub(self.people.len());
        if missing > 0 {
            let new: Vec<Rc<Person>> = stream::iter(0..missing)
                .map(|_| async {
                    let name = format!("p{}", &random().simple().to_string()[..20]);
                    Ok::<_, crate::Fault>(Rc::new(door.driver.person(&self.server.http, &name).await?))
                })
                .buffer_unordered(8)
                .try_collect()
                .await?;
            self.people.extend(new);
            self.server.renew().await?;
        }
        self.people.get(..count).map(<[_]>::to_vec).ok_or_else(|| fault("people are missing"))
    }
}

/// An id that nobody has yet.
pub fn random() -> Uuid {
    let mut bytes = [0; 16];
    // Ids made twice would be refused and seen.
    let _ = getrandom::fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
