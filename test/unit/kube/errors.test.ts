import assert from 'node:assert/strict';
import { type ApiFault, classify, faultPolicy, ignoreNotFound, KubeError } from '../../../src/kube/errors.ts';
import { errorFromResponse, errorFromStatus } from '../../../src/kube/status.ts';

const status = (fields: object): string => JSON.stringify({ kind: 'Status', apiVersion: 'v1', ...fields });

describe('the fault of a response', () => {
  const causes = [{ field: 'spec.size', message: 'must be at most 10', reason: 'FieldValueInvalid' }];
  const cases: Record<string, { code: number; body?: string; retryAfter?: string; want: ApiFault }> = {
    '400 is our mistake': { code: 400, want: { type: 'Bug' } },
    '401 is Unauthorized': { code: 401, want: { type: 'Unauthorized' } },
    '403 is Forbidden': { code: 403, want: { type: 'Forbidden' } },
    '404 is NotFound': { code: 404, want: { type: 'NotFound' } },
    '405 is our mistake': { code: 405, want: { type: 'Bug' } },
    '409 by itself is Conflict': { code: 409, want: { type: 'Conflict' } },
    '409 with its reason is AlreadyExists': {
      code: 409,
      body: status({ reason: 'AlreadyExists' }),
      want: { type: 'AlreadyExists' },
    },
    '410 is Gone': { code: 410, want: { type: 'Gone' } },
    '422 names the fields': {
      code: 422,
      body: status({ reason: 'Invalid', details: { causes } }),
      want: { type: 'Invalid', details: [{ field: 'spec.size', message: 'must be at most 10' }] },
    },
    '422 without details has none': { code: 422, want: { type: 'Invalid', details: [] } },
    '429 says when to come back, in its header': {
      code: 429,
      retryAfter: '7',
      want: { type: 'Throttled', afterMs: 7000 },
    },
    '429 says when to come back, in its body': {
      code: 429,
      body: status({ details: { retryAfterSeconds: 3 } }),
      want: { type: 'Throttled', afterMs: 3000 },
    },
    '429 with a nonsensical header is given a second': {
      code: 429,
      retryAfter: 'soon',
      want: { type: 'Throttled', afterMs: 1000 },
    },
    '500 is Unavailable': { code: 500, want: { type: 'Unavailable' } },
    '504 is Unavailable': { code: 504, want: { type: 'Unavailable' } },
  };
  for (const [name, { code, body = '', retryAfter, want }] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(errorFromResponse('doing', { code, body, retryAfter }).fault, want));
  }

  it('is the same inside a watch', () => {
    const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
    const error = errorFromStatus('watching pods', expired);
    assert.deepEqual(error.fault, { type: 'Gone' });
    assert.equal(error.message, 'watching pods: 410 Expired too old resource version');
    assert.deepEqual(errorFromStatus('watching pods', null).fault, { type: 'Unavailable' });
  });

  it('comes with a message that quotes a proxy, and not at length', () => {
    const error = errorFromResponse('getting pods a/b', { code: 502, body: `<html>${'x'.repeat(10_000)}` });
    assert.match(error.message, /^getting pods a\/b: 502 <html>x/);
    assert.ok(error.message.length < 600);
  });
});

describe('the fault of an exception', () => {
  const withCode = (code: string): Error => Object.assign(new Error(code), { code });
  const cases: Record<string, { error: unknown; want: ApiFault }> = {
    'a refused connection was never sent': {
      error: withCode('ECONNREFUSED'),
      want: { type: 'Transport', sent: false },
    },
    'an unknown host was never sent': { error: withCode('ENOTFOUND'), want: { type: 'Transport', sent: false } },
    'a reset connection may have been sent': { error: withCode('ECONNRESET'), want: { type: 'Transport', sent: true } },
    'a timeout may have been sent': {
      error: withCode('UND_ERR_HEADERS_TIMEOUT'),
      want: { type: 'Transport', sent: true },
    },
    'the code may stand on a cause': {
      error: new TypeError('fetch failed', { cause: withCode('ECONNREFUSED') }),
      want: { type: 'Transport', sent: false },
    },
    'a wrong argument is our mistake': { error: withCode('ERR_INVALID_ARG_TYPE'), want: { type: 'Bug' } },
    'an ordinary exception is our mistake': { error: new TypeError('x is undefined'), want: { type: 'Bug' } },
    'something that is no error is our mistake': { error: 'oops', want: { type: 'Bug' } },
    'a KubeError keeps its own': { error: new KubeError('x', { type: 'Gone' }), want: { type: 'Gone' } },
  };
  for (const [name, tc] of Object.entries(cases)) it(name, () => assert.deepEqual(classify(tc.error), tc.want));
});

describe('the retry policy', () => {
  it('never repeats a write that may have happened', () => {
    const repeatable = Object.entries(faultPolicy).filter(([, policy]) => policy.resend === 'any-verb');
    assert.deepEqual(
      repeatable.map(([type]) => type),
      ['Throttled'],
    );
  });

  it('is quiet exactly where another writer was faster', () => {
    const quiet = Object.entries(faultPolicy).filter(([, policy]) => policy.quiet);
    assert.deepEqual(quiet.map(([type]) => type).sort(), ['AlreadyExists', 'Conflict', 'Gone', 'NotFound']);
  });
});

describe('ignoreNotFound', () => {
  it('turns NotFound into undefined, and nothing else', async () => {
    assert.equal(await ignoreNotFound(Promise.reject(new KubeError('x', { type: 'NotFound' }))), undefined);
    assert.equal(await ignoreNotFound(Promise.resolve(1)), 1);
    await assert.rejects(ignoreNotFound(Promise.reject(new KubeError('x', { type: 'Gone' }))));
  });
});
