import { ENGINES, type EngineName } from '../domain/planning/constants.ts';
import { UsageError } from './usage-error.ts';

/** The set of constants that `--constants` names; undefined when it is left out. */
export function engineNamed(constants: string | undefined): EngineName | undefined {
  if (constants === undefined) return undefined;
  if (Object.hasOwn(ENGINES, constants)) return constants as EngineName;
  throw new UsageError(`--constants must be one of ${Object.keys(ENGINES).join(', ')}; got '${constants}'`);
}
