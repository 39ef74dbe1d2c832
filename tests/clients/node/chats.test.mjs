// The rooms of seed 004 in the namespace /chats, as that system's clients speak.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { connect, dial, direct, hangUp, person, say, uuid } from './house.mjs';

afterEach(hangUp);

const text = (roomId, message) => ({ type: 'private', roomId, content: { type: 'text', message } });

/** How clients of seed 004 sign in: the bare token in a header. */
const bare = (who) => ({ auth: undefined, extraHeaders: { authorization: who.token } });

describe('/chats', () => {
  test('the token is taken bare, with its scheme, or from auth; others are refused', async () => {
    const ada = await person('ada');
    await connect('/chats', ada, bare(ada));
    await connect('/chats', ada, { auth: undefined, extraHeaders: { authorization: `Bearer ${ada.token}` } });
    await connect('/chats', ada);
    for (const options of [{}, { extraHeaders: { authorization: 'x' } }, { auth: { token: 'x' } }]) {
      assert.equal((await dial('/chats', options).next('connect_error')).message, 'Unauthorized');
    }
  });

  test('a message is a reply in the room, a notice outside, and sent to who sent it', async () => {
    const [ada, bob] = [await person('ada'), await person('bob')];
    const room = await direct(ada, bob);
    const [mine, theirs] = [await connect('/chats', ada, bare(ada)), await connect('/chats', bob, bare(bob))];
    mine.socket.emit('join', { roomId: room.id });

    mine.socket.emit('message', text(room.id, 'it\'s "quoted"'));
    assert.deepEqual((await mine.next('notification')).name, 'sent');
    const inbox = await theirs.next('notification');
    assert.deepEqual(
      [inbox.name, inbox.content.roomId, inbox.content.authorId, inbox.content.message],
      ['inbox', room.id, ada.id, 'new message received'],
    );

    assert.equal((await theirs.ask('join', { roomId: room.id })).success, true);
    mine.socket.emit('message', text(room.id, 'again'));
    await mine.next('notification');
    const reply = await theirs.next('reply');
    assert.deepEqual(
      [reply.type, reply.roomId, reply.content, reply.authorId],
      ['private', room.id, { type: 'text', message: 'again' }, ada.id],
    );
    theirs.socket.emit('leave', { roomId: room.id });
    // The answer of a later command: by then the leave is done.
    await theirs.ask('leave', { roomId: room.id });
    await say(ada, room, 'by another door');
    assert.equal((await theirs.next('notification')).name, 'inbox');
    assert.deepEqual(theirs.ear.rest(), []);
  });

  test('a second device hears what the first one says, and nothing twice', async () => {
    const [ada, bob] = [await person('ada'), await person('bob')];
    const room = await direct(ada, bob);
    const [phone, laptop] = [await connect('/chats', bob), await connect('/chats', bob)];
    await phone.ask('join', { roomId: room.id });
    await say(ada, room, 'hi');
    assert.equal((await phone.next('reply')).content.message, 'hi');
    await laptop.ask('join', { roomId: room.id });
    await phone.ask('message', text(room.id, 'from the phone'));
    assert.equal((await laptop.next('reply')).authorId, bob.id);
    assert.deepEqual(laptop.ear.rest(), [], 'what the phone has read is no news for the laptop');
  });

  test('strangers join no room and hear nothing of it', async () => {
    const [ada, bob, eve] = [await person('ada'), await person('bob'), await person('eve')];
    const room = await direct(ada, bob);
    const stranger = await connect('/chats', eve, bare(eve));
    for (const [event, payload] of [['join', { roomId: room.id }], ['message', text(room.id, 'x')], ['join', { roomId: uuid() }]]) {
      stranger.socket.emit(event, payload);
      const error = await stranger.next('error');
      assert.deepEqual([error.name, error.roomId], ['chat_404', payload.roomId]);
    }
    await say(ada, room, 'between us');
    stranger.socket.emit('join', {});
    assert.equal((await stranger.next('error')).name, 'validation');
    assert.deepEqual(stranger.ear.rest(), []);
  });

  test('a bad payload is an error that names what is wrong', async () => {
    const ada = await person('ada');
    const mine = await connect('/chats', ada);
    for (const payload of [undefined, null, 5, [], {}, { roomId: 5 }, { type: 'private', roomId: uuid() }]) {
      mine.socket.emit('message', payload);
      const error = await mine.next('error');
      assert.equal(error.name, 'validation');
    }
  });
});
