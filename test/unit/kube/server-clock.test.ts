import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Clock } from '../../../src/kube/clock.ts';
import { ServerClock } from '../../../src/kube/server-clock.ts';

const day = 86_400_000;
const start = Date.parse('2026-03-01T12:00:00.250Z');

/** A machine whose clock can be set, and the server's that goes on as it should. */
class Machine implements Clock {
  passed = 0;
  set = 0;
  now = (): number => start + this.passed + this.set;
  monotonic = (): number => this.passed;
  sleep = async (): Promise<void> => undefined;
  truth = (): number => start + this.passed;
  /** As it stands in an answer that arrives now, having taken a while. */
  date = (lateMs = 0): string => new Date(this.truth() - lateMs).toUTCString();
}

function withServer() {
  const machine = new Machine();
  const differences: number[] = [];
  const clock = new ServerClock({ base: machine, onDifference: (ms) => void differences.push(ms) });
  const off = (): number => clock.now() - machine.truth();
  return { machine, clock, differences, off };
}

describe('the clock of the API server', () => {
  it("is the machine's before the first answer", () => {
    const { machine, clock } = withServer();
    machine.set = 5 * day;
    assert.equal(clock.now(), machine.now());
  });

  it("keeps the machine's milliseconds where the two agree", () => {
    const { machine, clock, off, differences } = withServer();
    clock.heard(machine.date());
    machine.passed += 61_234;
    clock.heard(machine.date(900));
    assert.equal(off(), 0);
    assert.deepEqual(differences, []);
  });

  for (const [name, by] of [
    ['forward', day],
    ['back', -day],
  ] as const) {
    it(`does not move when the machine's is set ${name} by a day, and set right again`, () => {
      const { machine, clock, off, differences } = withServer();
      clock.heard(machine.date());
      for (const set of [by, 0]) {
        machine.set = set;
        assert.equal(off(), 0, 'at once, before any answer');
        machine.passed += 30_000;
        clock.heard(machine.date());
        clock.heard(machine.date());
        assert.equal(off(), 0);
      }
      assert.deepEqual(differences, []);
    });

    it(`is right from the first answer on where the machine's is off by a day (${name}), and says so`, () => {
      const { machine, clock, off, differences } = withServer();
      machine.set = by;
      clock.heard(machine.date());
      assert.ok(Math.abs(off()) <= 500, String(off()));
      assert.deepEqual(
        differences.map((ms) => Math.round(ms / day)),
        [Math.sign(by)],
      );
    });
  }

  it('is not moved by one answer that was long on its way, and is by two that agree', () => {
    const { machine, clock, off } = withServer();
    clock.heard(machine.date());
    clock.heard(machine.date(20_000));
    clock.heard(machine.date());
    clock.heard(machine.date(20_000));
    assert.equal(off(), 0);
    clock.heard(machine.date(20_000));
    assert.ok(off() < -19_000);
  });

  it('ignores what is no date', () => {
    const { machine, clock, off } = withServer();
    for (const date of [undefined, '', 'yesterday']) clock.heard(date);
    machine.set = day;
    assert.equal(off(), day, 'nothing was heard');
  });

  it('is never further off than its tolerance, whatever is done to the machine', () => {
    const step = fc.record({
      passMs: fc.integer({ min: 0, max: 100_000 }),
      setMs: fc.constantFrom(0, day, -day, 3_600_000),
      lateMs: fc.integer({ min: 0, max: 800 }),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const { machine, clock, off } = withServer();
        clock.heard(machine.date());
        for (const { passMs, setMs, lateMs } of steps) {
          machine.passed += passMs;
          machine.set = setMs;
          assert.ok(Math.abs(off()) <= 2_000);
          clock.heard(machine.date(lateMs));
        }
      }),
    );
  });
});
