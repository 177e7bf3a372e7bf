import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import type { Log } from '../../../src/kube/log.ts';
import { createLog } from '../../../src/telemetry/log.ts';

function bench(): { log: Log; lines: () => Record<string, unknown>[]; text: () => string } {
  let text = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const log: Log = createLog('debug', sink);
  return {
    log,
    text: () => text,
    lines: () =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

describe('the log', () => {
  it('is a JSON object a line, with the level by name and a readable time', () => {
    const { log, lines } = bench();
    log.child({ controller: 'jobs', object: 'a/b' }).info({ generation: 3 }, 'started');
    log.trace({}, 'not shown at this level');
    const [{ time, ...line } = {}, ...others] = lines();
    assert.deepEqual(line, { level: 'info', controller: 'jobs', object: 'a/b', generation: 3, msg: 'started' });
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(others, []);
  });

  it('tells of an error what it was, and what was behind it', () => {
    const { log, lines } = bench();
    log.error({ err: new Error('creating a pod', { cause: new TypeError('no such thing') }) }, 'reconcile failed');
    const err = lines()[0]?.['err'] as { message: string; stack: string };
    assert.match(err.message, /creating a pod.*no such thing/);
    assert.match(err.stack, /log\.test\.ts/);
  });

  const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';
  const leaks: Record<string, (log: Log) => void> = {
    'in a field': (log) => log.info({ token }, 'x'),
    'in a nested field': (log) => log.info({ request: { headers: { Authorization: token } } }, 'x'),
    'in a child': (log) => log.child({ user: { token } }).info({}, 'x'),
    'in the message of an error': (log) => log.error({ err: new Error(`refused: Bearer ${token}`) }, 'x'),
    'in the cause of an error': (log) => log.error({ err: new Error('refused', { cause: new Error(token) }) }, 'x'),
  };
  for (const [where, leak] of Object.entries(leaks)) {
    it(`does not show a token ${where}`, () => {
      const { log, text } = bench();
      leak(log);
      assert.equal(text().includes(token), false, text());
      assert.match(text(), /\[redacted\]/);
    });
  }
});
