import type { Rejection, RejectionReason } from './candidate.ts';
import type { RejectionLog } from './rejections.ts';
import type { LikeSites, Site } from './site.ts';

export type DescribeAt = (site: Site) => Omit<Rejection, 'reason' | 'stage'>;

interface Told {
  readonly describe: DescribeAt;
  times: number;
}

/** Refusals of sites alike: counted together, because there are as many as pairs times sites, and told site by site in the end. */
export class AlikeRefusals {
  readonly #log: RejectionLog;
  /** What was ruled out at every site of a group, and at all but its cheapest. */
  readonly #everywhere = new Map<LikeSites, Map<RejectionReason, Told>>();
  readonly #dearer = new Map<LikeSites, Told>();

  constructor(log: RejectionLog) {
    this.#log = log;
  }

  add(sites: LikeSites, reason: RejectionReason, describe: DescribeAt): void {
    if (this.#log.keepsAll) {
      for (const site of sites) this.#tell(site, reason, { describe, times: 1 });
      return;
    }
    const told = this.#everywhere.get(sites) ?? new Map<RejectionReason, Told>();
    this.#everywhere.set(sites, told);
    const same = told.get(reason);
    if (same) same.times += 1;
    else told.set(reason, { describe, times: 1 });
  }

  /** Counts one more that is as dear as one that was described; false where a description is wanted. */
  countDearer(sites: LikeSites): boolean {
    const told = this.#dearer.get(sites);
    if (told) told.times += 1;
    return told !== undefined;
  }

  /** The cheapest of the sites is used; the others do the same for more. */
  addDearer(sites: LikeSites, describe: DescribeAt): void {
    this.#dearer.set(sites, { describe, times: 1 });
  }

  /** Writes what was counted to the log. */
  flush(): void {
    for (const [sites, reasons] of this.#everywhere)
      for (const [reason, told] of reasons) for (const site of sites) this.#tell(site, reason, told);
    for (const [[, ...dearer], told] of this.#dearer) for (const site of dearer) this.#tell(site, 'Dominated', told);
  }

  #tell(site: Site, reason: RejectionReason, { describe, times }: Told): void {
    this.#log.add(reason, { stage: 'Training', place: site.pool.name }, () => describe(site), times);
  }
}
