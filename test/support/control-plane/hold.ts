// Starts a control plane and lets this process end in some way. For tests of what happens then:
//   node hold.ts wait|throw|exit|keep [DIR]
// Prints {"dir", "groups"} once it is up.
import { startControlPlane } from './control-plane.ts';

const [ending, dir] = process.argv.slice(2);
const controlPlane = await startControlPlane({ keep: ending === 'keep', ...(dir === undefined ? {} : { dir }) });
console.log(JSON.stringify({ dir: controlPlane.dir, groups: controlPlane.processGroups }));
if (ending === 'throw') throw new Error('uncaught, on purpose');
if (ending === 'exit') process.exit(3);
