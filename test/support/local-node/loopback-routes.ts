import { Socket } from 'node:net';
import { toLoopback } from './pod-address.ts';

/**
 * Lets a program reach pods of a local node by the addresses that the API server knows. For programs that must not
 * know of the local node: `node --import .../loopback-routes.ts program.ts`. It changes where their sockets connect.
 */
const connect: (...args: never[]) => unknown = Reflect.get(Socket.prototype, 'connect');

Object.assign(Socket.prototype, {
  connect(this: Socket, ...args: unknown[]) {
    const options: unknown = Array.isArray(args[0]) ? args[0][0] : args[0];
    if (hasHost(options)) {
      // A copy: an agent finds its socket again by the host that it gave, and would keep it for ever under another.
      const moved = { ...options, host: toLoopback(options.host) };
      if (Array.isArray(args[0])) args[0][0] = moved;
      else args[0] = moved;
    }
    return Reflect.apply(connect, this, args);
  },
});

function hasHost(options: unknown): options is { host: string } {
  return typeof options === 'object' && options !== null && 'host' in options && typeof options.host === 'string';
}
