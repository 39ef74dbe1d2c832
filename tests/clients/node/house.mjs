// What the tests share: people, conversations, connections, and how to wait for events.
import { randomBytes, randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { io } from 'socket.io-client';

export const BASE_URL = (process.env.BASE_URL ?? 'http://localhost:3000').replace(/\/$/, '');
const GENEROUS = 10_000;

/** One call of the REST API: the status, and `data` or the error. */
export async function rest(method, path, { token, body } = {}) {
  const headers = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(`${BASE_URL}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  const json = text ? JSON.parse(text) : {};
  return { status: answer.status, data: json.data, code: json.code };
}

async function wanted(status, call) {
  const answer = await call;
  if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status} ${answer.code ?? ''}`);
  return answer.data;
}

/** Somebody new, signed in. */
export async function person(name) {
  const username = `${name}-${randomBytes(5).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await wanted(201, rest('POST', '/auth/register', { body: { username, name, password } }));
  return { password, username, ...(await signIn(username, password)) };
}

/** Another session of theirs. */
export async function signIn(username, password) {
  const session = await wanted(200, rest('POST', '/auth/login', { body: { username, password } }));
  return { id: session.user.id, name: session.user.name, token: session.accessToken };
}

export const group = (owner, ...others) =>
  wanted(201, rest('POST', '/conversations', {
    token: owner.token,
    body: { name: 'Team', participantIds: others.map((other) => other.id) },
  }));

export const direct = async (one, other) =>
  (await rest('PUT', `/conversations/direct/${other.id}`, { token: one.token })).data;

export const say = (who, where, content) =>
  wanted(201, rest('POST', `/conversations/${where.id}/messages`, { token: who.token, body: { content } }));

/** Everything an emitter of events says, in order, so that nothing said early is missed. */
export class Ear {
  #heard = [];
  #waiting = [];

  hear(event, data) {
    this.#heard.push({ event, data });
    this.#waiting = this.#waiting.filter((look) => !look());
  }

  /** The first event of that name that has not been taken yet (and fulfils the condition). */
  next(event, condition = () => true) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const heard = this.#heard.map((item) => item.event).join(', ');
        reject(new Error(`no ${event}; heard: ${heard || 'nothing'}`));
      }, GENEROUS);
      const look = () => {
        const at = this.#heard.findIndex((item) => item.event === event && condition(item.data));
        if (at < 0) return false;
        clearTimeout(timer);
        resolve(this.#heard.splice(at, 1)[0].data);
        return true;
      };
      if (!look()) this.#waiting.push(look);
    });
  }

  /** The names of what was heard and not taken. */
  rest() {
    return this.#heard.map((item) => item.event);
  }
}

/** Notes what went over a socket where EVENTS_FILE says, for the tool `check-events` to hold against the document. */
export function note(channel, direction, event, data) {
  if (!process.env.EVENTS_FILE) return;
  appendFileSync(process.env.EVENTS_FILE, `${JSON.stringify({ channel, direction, event, data: data ?? null })}\n`);
}

const open = new Set();

/** A Socket.IO connection with an ear for everything; `options` go to the client as they are. */
export function dial(namespace, options) {
  const socket = io(BASE_URL + namespace, { forceNew: true, reconnectionDelay: 50, ...options });
  open.add(socket);
  const ear = new Ear();
  // A plain WebSocket is at `/` as well, so the document's own name tells.
  const channel = namespace === '/' ? 'main' : namespace;
  socket.onAny((event, data) => {
    note(channel, 'told', event, data);
    ear.hear(event, data);
  });
  for (const event of ['connect', 'connect_error', 'disconnect']) socket.on(event, (data) => ear.hear(event, data));
  const ask = async (event, ...args) => {
    const answer = await socket.timeout(GENEROUS).emitWithAck(event, ...args);
    if (answer.success) note(channel, 'said', event, args[0]);
    if (answer.code !== 'UNKNOWN_EVENT') note(channel, 'answered', event, answer);
    return answer;
  };
  return { socket, ear, ask, next: (event, condition) => ear.next(event, condition) };
}

/** A connection that is open. */
export async function connect(namespace, who, options = {}) {
  const connection = dial(namespace, { auth: { token: who.token }, ...options });
  await connection.ear.next('connect');
  return connection;
}

/** Ends every connection that a test has left open. */
export function hangUp() {
  for (const socket of open) socket.disconnect();
  open.clear();
}

export const uuid = () => randomUUID();
