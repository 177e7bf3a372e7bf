// Scenarios that mostly wait run beside each other, each in a namespace of its own: all of them take as long as the slowest.
import { inParallel } from './cluster-lanes.ts';
import type { Cluster } from './cluster.ts';
import type { Team } from './cluster-team.ts';

export type Scenario = (team: Team, cluster: Cluster) => Promise<void>;

/** At once; more would only wait for the same two cores. */
const lanes = 8;

type Outcome = { readonly error: unknown } | 'passed';

/** A test for each scenario, keyed by a sentence. The first begins them all; each tells its own outcome. */
export function scenarios(cluster: () => Cluster, cases: Readonly<Record<string, Scenario>>): void {
  const outcomes = new Map(Object.keys(cases).map((name) => [name, Promise.withResolvers<Outcome>()]));
  before('begin all scenarios', () => {
    void inParallel(lanes, Object.entries(cases), async ([name, scenario]) => {
      const outcome = await play(cluster(), scenario).then(
        (): Outcome => 'passed',
        (error: unknown) => ({ error }),
      );
      outcomes.get(name)?.resolve(outcome);
    });
  });
  for (const name of Object.keys(cases)) {
    it(name, async () => {
      const outcome = await outcomes.get(name)?.promise;
      if (typeof outcome === 'object') throw outcome.error;
    });
  }
}

/** One scenario in a namespace that goes with it. */
export async function play(cluster: Cluster, scenario: Scenario): Promise<void> {
  const team = await cluster.newTeam();
  try {
    await scenario(team, cluster);
  } finally {
    await team.disband();
  }
}
