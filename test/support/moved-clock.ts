// Loaded into the operator before anything else: a machine whose clock somebody sets. Each SIGUSR2 sets it anew, first a day
// forward, then a day back, then right again. Timers and `performance` go on as they do on such a machine.
import './local-node/loopback-routes.ts';

const day = 86_400_000;
const settings = [day, -day, 0];
const realNow = Date.now.bind(Date);
let offset = 0;

class MovedDate extends Date {
  constructor(...values: [] | [string | number | Date]) {
    if (values.length === 0) super(realNow() + offset);
    else super(values[0]);
  }

  static override now(): number {
    return realNow() + offset;
  }
}

globalThis.Date = MovedDate as DateConstructor;
process.on('SIGUSR2', () => {
  offset = settings.shift() ?? 0;
  process.stderr.write(`{"msg":"the clock was set","time":"${new Date().toISOString()}"}\n`);
});
