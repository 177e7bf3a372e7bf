import { addMoney, type Money, moneyToNumber, scaleMoney } from '../money.ts';

/** One kind of replica: some GPUs of one pool. */
export interface MixOption {
  readonly name: string;
  /** One replica. */
  readonly hourly: Money;
  /** Replicas that fit now, as if nothing else ran. */
  readonly most: number;
  /** What a replica takes of something that options share, such as the GPUs of a pool. */
  readonly takes?: { readonly of: string; readonly amount: number };
  /** Requests a second of each size that one replica answers within the latency targets; 0 where it cannot. */
  readonly throughput: readonly number[];
}

/** A load of mixed request sizes. */
export interface MixProblem {
  /** Requests a second of each size. */
  readonly rates: readonly number[];
  /** Parts into which the load of each size may be split between options. */
  readonly slices: number;
  readonly options: readonly MixOption[];
  /** How much there is of what options share. */
  readonly shared?: ReadonlyMap<string, number>;
}

/** Minimise the sum of cost·variable under linear constraints, all variables whole numbers in [0, most]. */
export interface IntegerProgram {
  readonly variables: readonly { readonly name: string; readonly cost: number; readonly most: number }[];
  readonly constraints: readonly {
    readonly name: string;
    readonly terms: readonly { readonly variable: string; readonly factor: number }[];
    readonly sense: '=' | '<=';
    readonly bound: number;
  }[];
}

/**
 * The cheapest mix as an integer program (Mélange, arXiv 2404.14527). Slices of one size are interchangeable, so how many of
 * them an option takes is one whole number instead of a choice for each: the same optimum with fewer variables. What an
 * option cannot answer is not a variable at all.
 */
export function mixProgram(problem: MixProblem): IntegerProgram {
  const { rates, slices, options } = problem;
  const takes = rates.flatMap((rate, size) =>
    options.flatMap(({ throughput }, option) => {
      const capacity = throughput[size] ?? 0;
      return rate > 0 && capacity > 0 ? [{ size, option, load: rate / slices / capacity }] : [];
    }),
  );
  return {
    variables: [
      ...options.map(({ hourly, most }, option) => ({ name: replicas(option), cost: moneyToNumber(hourly), most })),
      ...takes.map(({ size, option }) => ({ name: taken(size, option), cost: 0, most: slices })),
    ],
    constraints: [
      ...rates.flatMap((rate, size) =>
        rate > 0
          ? [
              {
                name: `all_of_${size}`,
                terms: takes.filter((take) => take.size === size).map((take) => term(taken(size, take.option), 1)),
                sense: '=' as const,
                bound: slices,
              },
            ]
          : [],
      ),
      ...options.map((_, option) => ({
        name: `within_${option}`,
        terms: [
          ...takes.filter((take) => take.option === option).map(({ size, load }) => term(taken(size, option), load)),
          term(replicas(option), -1),
        ],
        sense: '<=' as const,
        bound: 0,
      })),
      ...sharedConstraints(problem),
    ],
  };
}

function sharedConstraints({ options, shared = new Map() }: MixProblem): IntegerProgram['constraints'] {
  return [...shared].map(([what, bound], i) => ({
    name: `shared_${i}`,
    terms: options.flatMap(({ takes }, option) => (takes?.of === what ? [term(replicas(option), takes.amount)] : [])),
    sense: '<=' as const,
    bound,
  }));
}

/** The program in CPLEX LP format, which every solver reads. */
export function lpText({ variables, constraints }: IntegerProgram): string {
  const sum = (terms: readonly { readonly variable: string; readonly factor: number }[]): string =>
    terms.length === 0 ? `0 ${variables[0]?.name ?? 'x'}` : terms.map(signed).join(' ');
  return [
    'Minimize',
    ` cost: ${sum(variables.filter(({ cost }) => cost !== 0).map(({ name, cost }) => term(name, cost)))}`,
    'Subject To',
    ...constraints.map(({ name, terms, sense, bound }) => ` ${name}: ${sum(terms)} ${sense} ${bound}`),
    'Bounds',
    ...variables.map(({ name, most }) => ` 0 <= ${name} <= ${most}`),
    'General',
    ` ${variables.map(({ name }) => name).join(' ')}`,
    'End',
    '',
  ].join('\n');
}

export interface Mix {
  readonly replicas: readonly { readonly option: string; readonly count: number }[];
  readonly hourly: Money;
}

/** The options that a solution uses. @param valueOf a solver's value of a variable; rounded, as solvers work with floats. */
export function readMix({ options }: MixProblem, valueOf: (variable: string) => number): Mix {
  const used = options
    .map((option, i) => ({ option, count: Math.round(valueOf(replicas(i))) }))
    .filter(({ count }) => count > 0);
  return {
    replicas: used.map(({ option, count }) => ({ option: option.name, count })),
    hourly: addMoney(...used.map(({ option, count }) => scaleMoney(option.hourly, BigInt(count), 1n))),
  };
}

function replicas(option: number): string {
  return `y${option}`;
}

function taken(size: number, option: number): string {
  return `x${size}_${option}`;
}

function term(variable: string, factor: number): { readonly variable: string; readonly factor: number } {
  return { variable, factor };
}

function signed({ variable, factor }: { readonly variable: string; readonly factor: number }): string {
  return `${factor < 0 ? '-' : '+'} ${Math.abs(factor)} ${variable}`;
}
