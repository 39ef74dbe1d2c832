// The plain WebSocket doors with npm's ws: the frames of seed 002, and the events dialect.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import WebSocket from 'ws';
import { BASE_URL, Ear, group, note, person, rest, say, uuid } from './house.mjs';

const open = new Set();
afterEach(() => {
  for (const socket of open) socket.terminate();
  open.clear();
});

/** A connection that hears each frame under the name that the dialect's `name` finds in it, and has it noted. */
function dial(path, protocols, dialect, options) {
  const socket = new WebSocket(BASE_URL.replace(/^http/, 'ws') + path, protocols, options);
  open.add(socket);
  const ear = new Ear();
  socket.on('open', () => ear.hear('open', socket.protocol));
  socket.on('message', (data) => {
    const frame = JSON.parse(data);
    dialect.note(frame);
    ear.hear(dialect.name(frame), frame);
  });
  socket.on('close', (code, reason) => ear.hear('close', { code, reason: reason.toString() }));
  socket.on('error', (error) => ear.hear('failure', error));
  return { socket, next: (event, condition) => ear.next(event, condition), write: (frame) => socket.send(JSON.stringify(frame)) };
}

const AUTH = {
  name: (frame) => (frame.error ? 'error' : frame.type),
  /** Only pushes carry an item, and what the processor refuses is of no type that could be answered. */
  note(frame) {
    const told = frame.type === 'processor' || frame.params?.item;
    if (told) note('frames', 'told', frame.type, frame);
    else note('frames', 'answered', frame.type.replace(/Response$/, ''), frame);
  },
};

async function frames(who) {
  const connection = dial('/', ['auth', who.token], AUTH);
  assert.equal(await connection.next('open'), 'auth');
  const ask = async (type, params) => {
    connection.write({ type, params });
    const answer = await connection.next(type === 'privateMessage' ? type : `${type}Response`);
    note('frames', 'said', type, { type, params });
    return answer;
  };
  // What comes after the first answer is not missed.
  await ask('listLastMessage', { limit: 1, cursorCreatedAt: null });
  return { ...connection, ask };
}

const done = (type) => ({ type, success: true, params: { data: null, item: null, isBroadcast: false } });

describe('["auth", token] at /', () => {
  test('a group is made, filled, written to and left', async () => {
    const [ada, bob] = [await person('Ada'), await person('Bob')];
    const [mine, theirs, laptop] = [await frames(ada), await frames(bob), await frames(ada)];
    const [groupId, messageId] = [uuid(), uuid()];
    assert.deepEqual(await mine.ask('newGroup', { groupId, groupName: 'new name' }), done('newGroupResponse'));
    assert.deepEqual(await mine.ask('addUserInGroup', { groupId, userId: bob.id }), done('addUserInGroupResponse'));
    const added = await theirs.next('addUserInGroup');
    assert.deepEqual(added.params.item, { message: 'User #Ada added in group.', senderName: 'Ada' });
    assert.deepEqual(
      await mine.ask('messageInGroup', { messageId, groupId, groupName: 'not its name', content: 'it\'s "quoted"' }),
      done('messageInGroupResponse'),
    );
    for (const one of [theirs, laptop]) {
      const pushed = await one.next('messageInGroup');
      const { createdAt, ...item } = pushed.params.item;
      assert.ok(!Number.isNaN(Date.parse(createdAt)));
      assert.deepEqual(item, {
        groupId, groupName: 'new name', messageId, message: 'it\'s "quoted"', senderName: 'Ada', senderId: ada.id,
      });
      assert.equal(pushed.params.isBroadcast, true);
    }
    const latest = await theirs.ask('getlatestMessageGroup', { groupId, limit: 5, cursorCreatedAt: null });
    assert.deepEqual(latest.params.data.map((row) => [row.messageId, row.groupName]), [[messageId, 'new name']]);
    const chats = await theirs.ask('listLastMessage', { limit: 5, cursorCreatedAt: null });
    assert.equal(chats.params.data[0].groupId, groupId);
    assert.deepEqual(await theirs.ask('leaveGroup', { groupId }), done('leaveGroupResponse'));
    assert.deepEqual((await mine.next('leaveGroup')).params.item, {
      message: 'User Bob has leave the group.', senderName: 'Bob',
    });
    theirs.write({ type: 'messageInGroup', params: { messageId: uuid(), groupId, content: 'x' } });
    assert.equal((await theirs.next('error')).message, 'User is not a member of this group');
  });

  test('a private message answers under its own name and is pushed', async () => {
    const [ada, bob] = [await person('Ada'), await person('Bob')];
    const [mine, theirs] = [await frames(ada), await frames(bob)];
    const messageId = uuid();
    assert.deepEqual(
      await mine.ask('privateMessage', { messageId, receiverId: bob.id, content: 'Hi' }),
      done('privateMessage'),
    );
    const { createdAt, ...item } = (await theirs.next('privateMessage')).params.item;
    assert.ok(createdAt);
    assert.deepEqual(item, { messageId, message: 'Hi', senderName: 'Ada', senderId: ada.id });
    const dialog = await theirs.ask('getlatestMessageDialog', { receiverId: ada.id, limit: 5, cursorCreatedAt: null });
    assert.equal(dialog.params.data[0].messageId, messageId);
  });

  test('what is no frame and no type is told', async () => {
    const mine = await frames(await person('Ada'));
    mine.socket.send('{');
    assert.deepEqual([(await mine.next('error')).type], ['processor']);
    mine.write({ type: 'nonsense', params: {} });
    const error = await mine.next('error');
    assert.deepEqual(error, { error: true, type: 'processor', message: 'There is no such type' });
  });

  test('a bad token opens and closes with 4001, and so does the end of the session', async () => {
    const refused = dial('/', ['auth', 'nonsense'], AUTH);
    await refused.next('open');
    assert.deepEqual(await refused.next('close'), { code: 4001, reason: 'Unauthorized' });
    const ada = await person('Ada');
    const mine = await frames(ada);
    await rest('POST', '/auth/logout', { token: ada.token });
    assert.equal((await mine.next('close')).code, 4001);
  });
});

describe('the events dialect at /ws', () => {
  const EVENTS = {
    name: (frame) => (frame.id === undefined ? frame.event : `${frame.event} ${frame.id}`),
    note(frame) {
      if (frame.id === undefined) note('/ws', 'told', frame.event, frame);
    },
  };
  const events = (protocols, headers) => dial('/ws', protocols, EVENTS, { headers });

  test('a token by header or subprotocol, an ack under its id, events for all', async () => {
    const [ada, bob] = [await person('ada'), await person('bob')];
    const team = await group(ada, bob);
    const mine = events(['events', ada.token]);
    assert.equal(await mine.next('open'), 'events');
    const theirs = events([], { authorization: `Bearer ${bob.token}` });
    await theirs.next('open');
    // What comes after the first answer is not missed.
    theirs.write({ event: 'conversation:sync', id: 0, data: { conversations: {} } });
    await theirs.next('ack 0');
    mine.write({ event: 'message:send', id: 7, data: { conversationId: team.id, content: 'hi' } });
    const ack = await mine.next('ack 7');
    assert.equal((await mine.next('message:received')).data.id, ack.data.id);
    assert.equal((await theirs.next('message:received')).data.id, ack.data.id);
    theirs.write({ event: 'message:send', id: 'a', data: {} });
    assert.equal((await theirs.next('error a')).data.code, 'VALIDATION_FAILED');
    const later = await say(bob, team, 'by REST');
    assert.equal((await mine.next('message:received')).data.id, later.id);
  });

  test('a long message is refused by its content, and what is longer than a frame may be by its header', async () => {
    const ada = await person('ada');
    const team = await group(ada);
    const mine = events(['events', ada.token]);
    await mine.next('open');
    mine.write({ event: 'message:send', id: 1, data: { conversationId: team.id, content: 'x'.repeat(60_000) } });
    assert.equal((await mine.next('error 1')).data.errors[0].field, 'content');
    mine.write({ event: 'message:send', id: 2, data: { conversationId: team.id, content: 'x'.repeat(90_000) } });
    assert.equal((await mine.next('close')).code, 1009);
  });
});
