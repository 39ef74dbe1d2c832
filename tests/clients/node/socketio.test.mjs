// The vocabulary over Socket.IO, with the unmodified client of npm, by each transport and in both namespaces.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { connect, dial, direct, group, hangUp, person, rest, say, signIn, uuid } from './house.mjs';

afterEach(hangUp);

const transports = { default: {}, 'websocket only': { transports: ['websocket'] }, 'polling only': { transports: ['polling'] } };

for (const [name, transport] of Object.entries(transports)) {
  for (const namespace of ['/', '/chat']) {
    describe(`${namespace} by ${name}`, () => {
      const dialed = (who, options) => connect(namespace, who, { ...transport, ...options });

      test('a token in auth or in the header connects, others are refused with a code', async () => {
        const ada = await person('ada');
        const byAuth = await dialed(ada);
        assert.ok(byAuth.socket.id);
        const byHeader = dial(namespace, { ...transport, extraHeaders: { authorization: `Bearer ${ada.token}` } });
        await byHeader.next('connect');
        for (const auth of [undefined, {}, { token: '' }, { token: 'x.y.z' }, { token: 5 }]) {
          const refused = dial(namespace, { ...transport, auth });
          const error = await refused.next('connect_error');
          assert.equal(error.message, 'Unauthorized');
          assert.equal(error.data.code, 'UNAUTHENTICATED');
          refused.socket.disconnect();
        }
      });

      test('every event is acknowledged and told', async () => {
        const [ada, bob] = [await person('ada'), await person('bob')];
        const team = await group(ada, bob);
        const [mine, theirs] = [await dialed(ada), await dialed(bob)];
        const conversationId = team.id;

        const joined = await mine.ask('conversation:join', { conversationId });
        assert.deepEqual(joined, { success: true, data: { seq: team.seq } });
        await theirs.ask('conversation:join', { conversationId });

        assert.deepEqual(await theirs.ask('typing:start', { conversationId }), { success: true, data: {} });
        assert.deepEqual(await mine.next('typing:update'), { conversationId, userId: bob.id, isTyping: true });
        await theirs.ask('typing:stop', { conversationId });
        assert.equal((await mine.next('typing:update')).isTyping, false);

        const id = uuid();
        const sent = await mine.ask('message:send', { conversationId, content: 'it\'s "quoted" \u{1F600}', id });
        assert.equal(sent.success, true);
        assert.equal(sent.data.id, id);
        assert.equal(sent.data.content, 'it\'s "quoted" \u{1F600}');
        for (const one of [mine, theirs]) assert.equal((await one.next('message:received')).seq, sent.data.seq);

        const edited = await mine.ask('message:edit', { conversationId, messageId: id, content: 'better' });
        assert.equal(edited.data.content, 'better');
        assert.equal((await theirs.next('message:updated')).content, 'better');

        const read = await theirs.ask('message:read', { conversationId, messageId: id });
        assert.deepEqual(read.data, { lastReadSeq: sent.data.seq, unreadCount: 0 });
        assert.equal((await mine.next('receipt:updated')).userId, bob.id);

        await mine.ask('message:delete', { conversationId, messageId: id });
        assert.equal((await theirs.next('message:deleted')).content, null);

        const synced = await theirs.ask('conversation:sync', { conversations: { [conversationId]: team.seq, [uuid()]: 0 } });
        const { [conversationId]: known, ...unknown } = synced.data.conversations;
        assert.equal(known.changes.at(-1).message.id, id);
        assert.equal(Object.values(unknown)[0].code, 'CONVERSATION_NOT_FOUND');

        assert.equal((await theirs.ask('presence:update', { status: 'busy' })).success, true);
        const busy = await mine.next('user:online', (data) => data.status === 'busy');
        assert.deepEqual(busy, { userId: bob.id, name: 'bob', status: 'busy' });
        assert.equal((await mine.ask('conversation:leave', { conversationId })).success, true);

        theirs.socket.disconnect();
        assert.equal((await mine.next('user:offline')).userId, bob.id);
      });

      test('a failure is an acknowledgement, or an event where none is asked for, and the socket stays', async () => {
        const [ada, eve] = [await person('ada'), await person('eve')];
        const team = await group(ada);
        const stranger = await dialed(eve);
        const send = { conversationId: team.id, content: 'let me in' };
        const refused = await stranger.ask('message:send', send);
        assert.deepEqual([refused.success, refused.code], [false, 'FORBIDDEN']);
        stranger.socket.emit('message:send', send);
        const error = await stranger.next('error');
        assert.deepEqual([error.code, error.event], ['FORBIDDEN', 'message:send']);
        const invalid = await stranger.ask('message:send', { conversationId: 'x', content: '' });
        assert.equal(invalid.code, 'VALIDATION_FAILED');
        assert.deepEqual(invalid.errors.map((fault) => fault.field), ['conversationId', 'content']);
        for (const payload of [[], ['x'], [null], [[1]], [{}, {}], [Buffer.from('x')]]) {
          assert.equal((await stranger.ask('message:send', ...payload)).success, false);
        }
        assert.equal((await stranger.ask('no:such:event', {})).code, 'UNKNOWN_EVENT');
        assert.equal(stranger.socket.connected, true);
      });

      test('what is too long for a message is refused by its length, and carried by the transport', async () => {
        const ada = await person('ada');
        const team = await group(ada);
        const mine = await dialed(ada);
        const refused = await mine.ask('message:send', { conversationId: team.id, content: 'x'.repeat(90_000) });
        assert.deepEqual([refused.code, refused.errors[0].field], ['VALIDATION_FAILED', 'content']);
        const longest = await mine.ask('message:send', { conversationId: team.id, content: 'ü'.repeat(4000) });
        assert.equal(longest.data.content.length, 4000);
        assert.equal((await mine.next('message:received')).content.length, 4000);
      });

      test('commands sent at once run in order, and everyone hears the same order', async () => {
        const [ada, bob] = [await person('ada'), await person('bob')];
        const team = await group(ada, bob);
        const [mine, theirs] = [await dialed(ada), await dialed(bob)];
        const contents = Array.from({ length: 40 }, (_, n) => `message ${n}`);
        const acks = await Promise.all(
          contents.map((content) => mine.ask('message:send', { conversationId: team.id, content })),
        );
        assert.deepEqual(acks.map((ack) => ack.data.content), contents);
        for (const one of [mine, theirs]) {
          const heard = [];
          for (const _ of contents) heard.push((await one.next('message:received')).seq);
          assert.deepEqual(heard, acks.map((ack) => ack.data.seq));
        }
      });

      test('two devices of one person are one person, and both hear', async () => {
        const [ada, bob] = [await person('ada'), await person('bob')];
        const team = await direct(ada, bob);
        const [phone, laptop, theirs] = [await dialed(ada), await dialed(ada), await dialed(bob)];
        const ack = await phone.ask('message:send', { conversationId: team.id, content: 'hi' });
        for (const one of [phone, laptop, theirs]) {
          assert.equal((await one.next('message:received')).id, ack.data.id);
        }
        laptop.socket.disconnect();
        await say(bob, team, 'still there?');
        await phone.next('message:received', (message) => message.content === 'still there?');
        await theirs.next('message:received', (message) => message.content === 'still there?');
        assert.ok(!theirs.ear.rest().includes('user:offline'), 'one device is left');
        phone.socket.disconnect();
        assert.equal((await theirs.next('user:offline')).userId, ada.id);
      });

      test('sockets die with their session, and only those', async () => {
        const ada = await person('ada');
        const other = await signIn(ada.username, ada.password);
        const [mine, stays] = [await dialed(ada), await dialed(other)];
        assert.equal((await rest('POST', '/auth/logout', { token: ada.token })).status, 204);
        assert.equal(await mine.next('disconnect'), 'io server disconnect');
        assert.equal((await stays.ask('conversation:sync', { conversations: {} })).success, true);
        const again = dial(namespace, { ...transport, auth: { token: ada.token } });
        assert.equal((await again.next('connect_error')).data.code, 'UNAUTHENTICATED');
      });

      test('a connection that was cut is recovered with what it missed, once and in order', async () => {
        const [ada, bob] = [await person('ada'), await person('bob')];
        const team = await group(ada, bob);
        const mine = await dialed(ada);
        await say(bob, team, 'before');
        await mine.next('message:received');
        const { id } = mine.socket;
        // The client loses its transport without a word, as when a network changes.
        mine.socket.io.engine.close();
        await mine.next('disconnect');
        for (const n of [1, 2, 3]) await say(bob, team, `missed ${n}`);
        await mine.next('connect');
        assert.equal(mine.socket.recovered, true);
        assert.equal(mine.socket.id, id);
        await say(bob, team, 'after');
        const heard = [];
        for (let n = 0; n < 4; n += 1) heard.push((await mine.next('message:received')).content);
        assert.deepEqual(heard, ['missed 1', 'missed 2', 'missed 3', 'after']);
      });

      test('nobody recovers what is not theirs any more', async () => {
        const [ada, bob] = [await person('ada'), await person('bob')];
        const team = await group(ada, bob);
        const theirs = await dialed(bob);
        await say(ada, team, 'before');
        await theirs.next('message:received');
        theirs.socket.io.engine.close();
        await theirs.next('disconnect');
        await rest('DELETE', `/conversations/${team.id}/participants/${bob.id}`, { token: ada.token });
        await say(ada, team, 'secret');
        await theirs.next('connect');
        assert.equal(theirs.socket.recovered, false);
        assert.equal((await theirs.ask('conversation:join', { conversationId: team.id })).code, 'FORBIDDEN');
        assert.ok(!theirs.ear.rest().includes('message:received'));
      });
    });
  }
}

describe('namespaces', () => {
  test('an unknown one is refused, and the others of the connection stay', async () => {
    const ada = await person('ada');
    const mine = await connect('/', ada);
    const lost = mine.socket.io.socket('/nowhere', { auth: { token: ada.token } });
    const error = await new Promise((resolve) => lost.on('connect_error', resolve).connect());
    assert.equal(error.message, 'Invalid namespace');
    assert.equal((await mine.ask('conversation:sync', { conversations: {} })).success, true);
  });

  test('one connection speaks in several at once', async () => {
    const [ada, bob] = [await person('ada'), await person('bob')];
    const team = await direct(ada, bob);
    const mine = await connect('/', ada);
    const chat = mine.socket.io.socket('/chat', { auth: { token: ada.token } });
    const heard = new Promise((resolve) => chat.on('message:received', resolve));
    await new Promise((resolve) => chat.on('connect', resolve).connect());
    const message = await say(bob, team, 'hi');
    assert.equal((await heard).id, message.id);
    assert.equal((await mine.next('message:received')).id, message.id);
    chat.disconnect();
    assert.equal((await mine.ask('conversation:sync', { conversations: {} })).success, true);
  });
});
