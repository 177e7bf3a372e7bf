import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addMoney,
  compareMoney,
  costOfSeconds,
  formatCents,
  formatMoney,
  type Money,
  parseMoney,
  scaleMoney,
  subtractMoney,
} from '../../../../src/domain/money.ts';
import {
  formatBytes,
  formatCpuMillis,
  parseBytes,
  parseCount,
  parseCpuMillis,
} from '../../../../src/domain/quantity.ts';
import { wilson } from '../../../../src/domain/statistics.ts';

const money = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map((micros) => micros as Money);
const price = fc.bigInt({ min: 0n, max: 10n ** 12n }).map((micros) => micros as Money);

describe('money', () => {
  it('reads back what it writes', () =>
    fc.assert(fc.property(money, (amount) => assert.equal(parseMoney(formatMoney(amount)), amount))));
  it('adds in any order', () =>
    fc.assert(
      fc.property(money, money, money, (a, b, c) => assert.equal(addMoney(a, b, c), addMoney(c, addMoney(b, a)))),
    ));
  it('undoes an addition', () =>
    fc.assert(fc.property(money, money, (a, b) => assert.equal(subtractMoney(addMoney(a, b), b), a))));
  it('compares like the difference', () =>
    fc.assert(
      fc.property(money, money, (a, b) => assert.equal(Math.sign(compareMoney(a, b)), a < b ? -1 : a > b ? 1 : 0)),
    ));

  it('scales up to less than a millionth above the exact product, never below it', () => {
    fc.assert(
      fc.property(
        price,
        fc.bigInt({ min: 0n, max: 10n ** 6n }),
        fc.bigInt({ min: 1n, max: 10n ** 6n }),
        (amount, n, d) => {
          const scaled = scaleMoney(amount, n, d);
          assert.ok(scaled * d >= amount * n && (scaled - 1n) * d < amount * n);
        },
      ),
    );
  });

  it('charges an hour exactly, and two halves no less than the whole', () => {
    fc.assert(
      fc.property(
        price,
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: 0, max: 100_000 }),
        (perHour, a, b) => {
          assert.equal(costOfSeconds(perHour, 3_600), perHour);
          assert.ok(addMoney(costOfSeconds(perHour, a), costOfSeconds(perHour, b)) >= costOfSeconds(perHour, a + b));
        },
      ),
    );
  });

  const texts: Record<string, string | null> = {
    '12.34': '12.34',
    '0.0000005': '0.000001',
    '7': '7.00',
    '-1.5': '-1.50',
    '': null,
    '1e3': null,
    ' 1': null,
    '.5': null,
    NaN: null,
    '1,5': null,
  };
  for (const [text, want] of Object.entries(texts)) {
    it(`reads "${text}" as ${want ?? 'nothing'}`, () => {
      const amount = parseMoney(text);
      assert.equal(amount === null ? null : formatMoney(amount), want);
    });
  }

  it('shows cents rounded away from zero', () =>
    assert.equal(formatCents(parseMoney('0.001') ?? (0n as Money)), '0.01'));
  it('refuses to scale by what is not a quantity', () =>
    assert.throws(() => costOfSeconds(0n as Money, Number.NaN), RangeError));
});

describe('quantities', () => {
  it('of CPU read back what is written', () =>
    fc.assert(fc.property(fc.nat(), (millis) => assert.equal(parseCpuMillis(formatCpuMillis(millis)), millis))));
  it('of memory read back what is written', () =>
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 30 }), (n, shift) =>
        assert.equal(parseBytes(formatBytes(n * 2 ** shift)), n * 2 ** shift),
      ),
    ));

  const texts: Record<string, { cpu: number | null; bytes: number | null }> = {
    '500m': { cpu: 500, bytes: 1 },
    '1.5': { cpu: 1_500, bytes: 2 },
    '16Gi': { cpu: 16 * 1024 ** 3 * 1_000, bytes: 16 * 1024 ** 3 },
    '1e3': { cpu: 1_000_000, bytes: 1_000 },
    '1E': { cpu: 1e21, bytes: 1e18 },
    '100n': { cpu: 1, bytes: 1 },
    '.5Gi': { cpu: 1024 ** 3 * 500, bytes: 1024 ** 3 / 2 },
    '-1': { cpu: -1_000, bytes: -1 },
    '': { cpu: null, bytes: null },
    Gi: { cpu: null, bytes: null },
    '1e99': { cpu: null, bytes: null },
    '1 Gi': { cpu: null, bytes: null },
    '1GiB': { cpu: null, bytes: null },
  };
  for (const [text, { cpu, bytes }] of Object.entries(texts)) {
    it(`"${text}" is ${cpu} millicores or ${bytes} bytes`, () =>
      assert.deepEqual([parseCpuMillis(text), parseBytes(text)], [cpu, bytes]));
  }
  it('that are absent are nothing', () => assert.equal(parseCount(undefined), null));
});

describe('Wilson’s interval', () => {
  const counts = fc
    .integer({ min: 1, max: 5_000 })
    .chain((samples) => fc.tuple(fc.integer({ min: 0, max: samples }), fc.constant(samples)));

  it('lies in [0, 1] around the point', () => {
    fc.assert(
      fc.property(counts, ([correct, samples]) => {
        const found = wilson(correct, samples);
        assert.ok(
          found &&
            0 <= found.low &&
            found.low <= found.point + 1e-12 &&
            found.point <= found.high + 1e-12 &&
            found.high <= 1,
        );
      }),
    );
  });

  it('is the mirror image for the wrong answers', () => {
    fc.assert(
      fc.property(counts, ([correct, samples]) => {
        assert.ok(
          Math.abs((wilson(correct, samples)?.low ?? 9) + (wilson(samples - correct, samples)?.high ?? 9) - 1) < 1e-9,
        );
      }),
    );
  });

  it('of 81 in 263 is the published one', () => {
    const found = wilson(81, 263);
    assert.deepEqual([found?.low.toFixed(4), found?.high.toFixed(4)], ['0.2553', '0.3662']);
  });

  it('of no samples, and of impossible counts, is none', () => {
    for (const [correct, samples] of [
      [0, 0],
      [2, 1],
      [-1, 5],
      [Number.NaN, 5],
    ] as const)
      assert.equal(wilson(correct, samples), null);
  });
});
