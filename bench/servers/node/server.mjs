// What somebody would write instead: socket.io for the live stream, express for REST, a pool of pg beneath. It speaks as
// much of Confab's vocabulary as it takes to be measured by the same generator: people, groups, messages, history.
// HOST, PORT and DATABASE_URL are the settings.
import { createServer } from "node:http";
import { randomBytes, randomUUID, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import express from "express";
import jwt from "jsonwebtoken";
import pg from "pg";
import { Server } from "socket.io";

const { HOST, PORT, DATABASE_URL } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
const hash = promisify(scrypt);

await pool.query(`
  create table if not exists settings (name text primary key, value text not null);
  create table if not exists users (id uuid primary key, username text unique not null, password text not null);
  create table if not exists conversations (id uuid primary key, name text, owner_id uuid not null);
  create table if not exists participants (conversation_id uuid references conversations on delete cascade, user_id uuid,
    primary key (conversation_id, user_id));
  create index if not exists participants_user on participants (user_id);
  create table if not exists messages (id uuid primary key, seq bigint generated always as identity,
    conversation_id uuid not null references conversations on delete cascade, sender_id uuid not null,
    content text not null, created_at timestamptz not null default now());
  create index if not exists messages_page on messages (conversation_id, seq desc)`);
await pool.query("insert into settings values ('secret', $1) on conflict do nothing", [randomBytes(32).toString("hex")]);
const secret = (await pool.query("select value from settings where name = 'secret'")).rows[0].value;

// Named statements are prepared once on each connection.
const query = (name, text, values) => pool.query({ name, text, values });
const identify = (token) => jwt.verify(token, secret);

async function isParticipant(conversationId, userId) {
  const text = "select 1 from participants where conversation_id = $1 and user_id = $2";
  return (await query("participant", text, [conversationId, userId])).rowCount === 1;
}

const shown = (row, sender) => ({
  id: row.id,
  conversationId: row.conversation_id,
  seq: Number(row.seq),
  changedSeq: Number(row.seq),
  sender: { id: sender.id, username: sender.username, name: sender.username, avatar: null },
  content: row.content,
  replyTo: null,
  attachments: [],
  reactions: [],
  createdAt: row.created_at.toISOString(),
  editedAt: null,
  deletedAt: null,
});

class Refusal extends Error {
  constructor(status, code) {
    super(code);
    Object.assign(this, { status, code });
  }
}

async function post(sender, { conversationId, content }) {
  if (typeof content !== "string" || content.length === 0 || content.length > 4000) throw new Refusal(400, "VALIDATION_FAILED");
  if (!(await isParticipant(conversationId, sender.id))) throw new Refusal(403, "FORBIDDEN");
  const text = `insert into messages (id, conversation_id, sender_id, content) values ($1, $2, $3, $4)
    returning id, seq, conversation_id, content, created_at`;
  const { rows } = await query("post", text, [randomUUID(), conversationId, sender.id, content]);
  const message = shown(rows[0], sender);
  io.to(conversationId).emit("message:received", message);
  return message;
}

const app = express();
app.use(express.json());
const http = createServer(app);
const io = new Server(http, { serveClient: false });

io.use((socket, next) => {
  try {
    socket.data.user = identify(socket.handshake.auth.token);
    next();
  } catch {
    next(new Error("Unauthorized"));
  }
});

io.on("connection", async (socket) => {
  const { user } = socket.data;
  socket.on("message:send", async (data, ack) => {
    try {
      ack({ success: true, data: await post(user, data) });
    } catch (error) {
      ack({ success: false, code: error.code ?? "INTERNAL" });
    }
  });
  const { rows } = await query("rooms", "select conversation_id from participants where user_id = $1", [user.id]);
  socket.join(rows.map((row) => row.conversation_id));
  socket.emit("welcome", { rooms: rows.length });
});

const answer = (response, status, data, rest = {}) => response.status(status).json({ success: true, statusCode: status, data, ...rest });
const api = express.Router();
app.get("/health/ready", (_, response) => answer(response, 200, {}));
app.use("/api/v1", api);

api.post("/auth/register", async (request, response) => {
  const { username, password } = request.body;
  const salt = randomBytes(16);
  const kept = `${salt.toString("hex")}:${(await hash(password, salt, 32)).toString("hex")}`;
  const id = randomUUID();
  await pool.query("insert into users values ($1, $2, $3)", [id, username, kept]);
  answer(response, 201, { id, username });
});

api.post("/auth/login", async (request, response) => {
  const { username, password } = request.body;
  const { rows } = await pool.query("select id, password from users where username = $1", [username]);
  const [salt, kept] = rows[0].password.split(":").map((text) => Buffer.from(text, "hex"));
  if (!timingSafeEqual(await hash(password, salt, 32), kept)) throw new Refusal(401, "INVALID_CREDENTIALS");
  const user = { id: rows[0].id, username };
  answer(response, 200, { user, accessToken: jwt.sign(user, secret, { expiresIn: "12h" }) });
});

api.use((request, _, next) => {
  try {
    request.user = identify((request.get("authorization") ?? "").replace(/^Bearer /, ""));
    next();
  } catch {
    next(new Refusal(401, "UNAUTHENTICATED"));
  }
});

api.post("/conversations", async (request, response) => {
  const id = randomUUID();
  await pool.query("insert into conversations values ($1, $2, $3)", [id, request.body.name, request.user.id]);
  await pool.query("insert into participants values ($1, $2)", [id, request.user.id]);
  answer(response, 201, { id });
});

api.post("/conversations/:id/participants", async (request, response) => {
  const text = "insert into participants select $1, unnest($2::uuid[]) on conflict do nothing";
  await pool.query(text, [request.params.id, request.body.userIds]);
  answer(response, 201, { id: request.params.id });
});

api.delete("/conversations/:id", async (request, response) => {
  await pool.query("delete from conversations where id = $1 and owner_id = $2", [request.params.id, request.user.id]);
  response.status(204).end();
});

api.post("/conversations/:id/messages", async (request, response) => {
  answer(response, 201, await post(request.user, { conversationId: request.params.id, content: request.body.content }));
});

api.get("/conversations/:id/messages", async (request, response) => {
  const { id } = request.params;
  if (!(await isParticipant(id, request.user.id))) throw new Refusal(403, "FORBIDDEN");
  const limit = Math.min(Number(request.query.limit ?? 50), 100);
  const text = `select m.*, u.username from messages m join users u on u.id = m.sender_id
    where m.conversation_id = $1 and m.seq < $2 order by m.seq desc limit $3`;
  const { rows } = await query("page", text, [id, request.query.before ?? "9223372036854775807", limit + 1]);
  const page = rows.slice(0, limit).map((row) => shown(row, { id: row.sender_id, username: row.username }));
  const hasMore = rows.length > limit;
  answer(response, 200, page, { pagination: { limit, nextCursor: hasMore ? String(page.at(-1).seq) : null, hasMore } });
});

app.use((error, request, response, _next) => {
  const status = error.status ?? 500;
  response.status(status).json({ success: false, statusCode: status, code: error.code ?? "INTERNAL", path: request.path });
});

http.listen({ host: HOST, port: Number(PORT), backlog: 4096 });
process.on("SIGTERM", () => process.exit(0));
