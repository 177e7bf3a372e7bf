import assert from 'node:assert/strict';
import { Fifo } from '../../../src/kube/fifo.ts';

describe('Fifo', () => {
  it('gives items back in order, however many there are', () => {
    const fifo = new Fifo<number>();
    const got: (number | undefined)[] = [];
    for (let i = 0; i < 5000; i += 1) {
      fifo.push(i);
      if (i % 3 === 0) got.push(fifo.shift());
    }
    while (fifo.length > 0) got.push(fifo.shift());
    assert.deepEqual(
      got,
      Array.from({ length: 5000 }, (_, i) => i),
    );
    assert.equal(fifo.shift(), undefined);
  });

  it('is empty after it was cleared', () => {
    const fifo = new Fifo<number>();
    fifo.push(1);
    fifo.clear();
    assert.equal(fifo.length, 0);
    fifo.push(2);
    assert.equal(fifo.shift(), 2);
  });
});
