import assert from 'node:assert/strict';
import { classify } from '../../../src/kube/errors.ts';
import { lines } from '../../../src/kube/lines.ts';
import { watchEvents } from '../../../src/kube/watch-events.ts';
import { thing } from './objects.ts';

async function* bytes(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('lines', () => {
  const snowman = Buffer.from('☃\n');
  const cases: Record<string, { chunks: (string | Uint8Array)[]; want: string[] }> = {
    'come one by one out of one chunk': { chunks: ['a\nb\n'], want: ['a', 'b'] },
    'are put together from many chunks': { chunks: ['a', 'b', 'c\nd', 'e\n'], want: ['abc', 'de'] },
    'survive a cut within a character': { chunks: [snowman.subarray(0, 1), snowman.subarray(1)], want: ['☃'] },
    'are not empty': { chunks: ['\n\n a \n \n'], want: [' a '] },
    'are given up when the stream ends within one': { chunks: ['a\nb'], want: ['a'] },
    'do not come from an empty stream': { chunks: [], want: [] },
  };
  for (const [name, tc] of Object.entries(cases)) {
    it(name, async () => assert.deepEqual(await all(lines(bytes(...tc.chunks))), tc.want));
  }
});

describe('watch events', () => {
  const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
  const bookmark = (annotations?: object): string =>
    line('BOOKMARK', { metadata: { resourceVersion: '9', ...(annotations ? { annotations } : {}) } });

  it('are objects, bookmarks and errors', async () => {
    const object = thing('a', '1');
    const text =
      line('ADDED', object) +
      bookmark() +
      bookmark({ 'k8s.io/initial-events-end': 'true' }) +
      line('ERROR', { kind: 'Status', code: 410, message: 'gone' });
    const [added, plain, end, error] = await all(watchEvents('watching things', bytes(text)));
    assert.deepEqual(added, { type: 'ADDED', object });
    assert.deepEqual(plain, { type: 'BOOKMARK', resourceVersion: '9', initialEventsEnd: false });
    assert.deepEqual(end, { type: 'BOOKMARK', resourceVersion: '9', initialEventsEnd: true });
    assert.ok(error?.type === 'ERROR');
    assert.deepEqual(error.error.fault, { type: 'Gone' });
  });

  const unreadable: Record<string, string> = {
    'that is not JSON': '{"type":"ADDED","obj\n',
    'that is not an object': '7\n',
    'that is null': 'null\n',
    'of an unknown type': line('RENAMED', thing('a', '1')),
    'whose object has no name': line('ADDED', { metadata: { resourceVersion: '1' } }),
    'whose object is missing': line('MODIFIED', undefined),
    'that is a bookmark without a version': line('BOOKMARK', { metadata: {} }),
  };
  for (const [name, text] of Object.entries(unreadable)) {
    it(`end with a transport fault at a line ${name}, after all that came before`, async () => {
      const seen: string[] = [];
      const reading = async (): Promise<void> => {
        for await (const event of watchEvents('watching things', bytes(line('ADDED', thing('a', '1')) + text))) {
          seen.push(event.type);
        }
      };
      const error = await reading().catch((caught: unknown) => caught);
      assert.deepEqual(classify(error), { type: 'Transport', sent: true });
      assert.deepEqual(seen, ['ADDED']);
    });
  }
});
