// A relay before a server, whose answers can be held back in the middle of a conversation.

import { once } from 'node:events';
import net from 'node:net';

export class Relay {
  #connections = new Set();
  #word;

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
    const connection = { client, held: false };
    this.#connections.add(connection);
    client.on('data', (data) => {
      if (this.#word !== undefined && data.includes(this.#word)) {
        connection.held = true;
        this.#word = undefined;
      }
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

  /** Whoever says `word` next is passed on, and hears nothing any more. */
  holdAfter(word) {
    this.#word = word;
  }

  /** Whether somebody has said the word. */
  get hasHeld() {
    return this.#word === undefined;
  }

  async close() {
    this.server.close();
    for (const { client } of this.#connections) client.destroy();
  }
}
