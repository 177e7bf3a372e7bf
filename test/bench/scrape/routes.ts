// Preloaded into the operator: kwok's pods have addresses and no servers, so a few real servers answer for all of them. Each pod
// keeps a connection of its own.
import { Socket } from 'node:net';

export const serverAddresses = ['127.0.1.1', '127.0.1.2', '127.0.1.3', '127.0.1.4'];

const connect: (...args: never[]) => unknown = Reflect.get(Socket.prototype, 'connect');

Object.assign(Socket.prototype, {
  connect(this: Socket, ...args: unknown[]) {
    const options: unknown = Array.isArray(args[0]) ? args[0][0] : args[0];
    if (hasHost(options) && options.host.startsWith('10.')) {
      const last = Number(options.host.split('.').at(-1));
      const moved = { ...options, host: serverAddresses[last % serverAddresses.length] ?? '' };
      // A copy: an agent finds its socket again by the host that it gave.
      if (Array.isArray(args[0])) args[0][0] = moved;
      else args[0] = moved;
    }
    return Reflect.apply(connect, this, args);
  },
});

function hasHost(options: unknown): options is { host: string } {
  return typeof options === 'object' && options !== null && 'host' in options && typeof options.host === 'string';
}
