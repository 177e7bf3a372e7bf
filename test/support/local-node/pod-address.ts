import { createServer, type Server } from 'node:net';

/**
 * The two addresses of a pod.
 *
 * Pods listen on loopback, each on an address of its own, so that two of them can use one port. The API server
 * refuses loopback addresses in EndpointSlices, so it is told an address of 198.18.0.0/15 instead, the range that
 * RFC 2544 reserves for tests and that no network routes. They differ in the first byte alone: 198.18.3.7 is the pod
 * whose processes listen on 127.18.3.7. Whatever reaches a pod through the API goes through `toLoopback`.
 */
const published = '198.';
const loopback = '127.';

/** Where a published pod address is listening; any other address is returned as it is. */
export function toLoopback(address: string): string {
  return /^198\.1[89]\./.test(address) ? loopback + address.slice(published.length) : address;
}

/** What the API server is told for a pod that listens on this loopback address. */
export function toPublished(address: string): string {
  return published + address.slice(loopback.length);
}

const blockCount = 32;
const blockSize = 4096; // 32 x 4,096 addresses fill the /15
const lockPort = 31_250;

/** Hands out loopback addresses from a block that no other local node on this machine uses. */
export class AddressPool {
  readonly #block: number;
  readonly #lock: Server;
  readonly #used = new Set<string>();
  #next = 0;

  private constructor(block: number, lock: Server) {
    this.#block = block;
    this.#lock = lock;
  }

  /** Takes the first free block. A listening socket is the lock: the kernel releases it however the process ends. */
  static async claim(): Promise<AddressPool> {
    for (let block = 0; block < blockCount; block++) {
      const lock = await listen(addressAt(block, 0));
      if (lock) return new AddressPool(block, lock);
    }
    throw new Error(`claiming pod addresses: all ${blockCount} blocks are in use`);
  }

  /** A loopback address not in use; recently released ones come last. */
  allocate(): string {
    for (let tried = 0; tried < blockSize; tried++) {
      this.#next = (this.#next % (blockSize - 2)) + 1; // 0 is the lock's
      const address = addressAt(this.#block, this.#next);
      if (this.#used.has(address)) continue;
      this.#used.add(address);
      return address;
    }
    throw new Error('allocating a pod address: the block is full');
  }

  release(address: string): void {
    this.#used.delete(address);
  }

  close(): void {
    this.#lock.close();
  }
}

function addressAt(block: number, index: number): string {
  const offset = block * blockSize + index;
  return `${loopback}${18 + (offset >> 16)}.${(offset >> 8) & 255}.${offset & 255}`;
}

async function listen(address: string): Promise<Server | undefined> {
  const server = createServer();
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(lockPort, address, () => resolve(server));
  });
}
