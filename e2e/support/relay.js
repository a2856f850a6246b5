// A relay before a server, whose answers can be held back in the middle of a conversation.

import { once } from 'node:events';
import net from 'node:net';

export class Relay {
  #connections = new Set();
  #words = [];

  /** Passes connections on to this port of the machine. */
  static async start(port) {
    const relay = new Relay();
    relay.server = net.createServer((client) => relay.#pass(client, net.connect(port, '127.0.0.1')));
    relay.server.listen(0, '127.0.0.1');
    await once(relay.server, 'listening');
    relay.port = relay.server.address().port;
    return relay;
  }

  #pass(client, server) {
    const connection = { client, said: 0, held: false };
    this.#connections.add(connection);
    client.on('data', (data) => {
      this.#listen(connection, data);
      server.write(data);
    });
    server.on('data', (data) => {
      if (!connection.held) client.write(data);
    });
    const close = () => {
      this.#connections.delete(connection);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('close', close).on('error', close);
  }

  #listen(connection, data) {
    if (this.hasHeld) return;
    while (connection.said < this.#words.length && data.includes(this.#words[connection.said])) connection.said += 1;
    if (this.#words.length > 0 && connection.said === this.#words.length) {
      connection.held = true;
      this.hasHeld = true;
    }
  }

  /** Whoever first says all these words, one after the other, is passed on, and hears nothing any more. */
  holdAfter(...words) {
    this.#words = words;
    this.hasHeld = false;
  }

  async close() {
    this.server.close();
    for (const { client } of this.#connections) client.destroy();
  }
}
