import assert from 'node:assert/strict';
import { chooseStrategy } from '../../../../src/domain/planning/strategy.ts';
import type { Strategy, StrategyRequest } from '../../../../src/domain/planning/request.ts';
import { wilson } from '../../../../src/domain/statistics.ts';
import { aRequest } from './builders.ts';

const ALL: readonly Strategy[] = ['KnowledgeAlignment', 'KnowledgeInjection', 'KnowledgeMixture'];

interface Case {
  readonly correct: number | null;
  readonly request?: Partial<StrategyRequest>;
  readonly tried?: readonly Strategy[];
  readonly want: readonly Strategy[];
  readonly decided: boolean;
  readonly says?: RegExp;
}

// Of 200 at a threshold of 0.5, 100 and a dozen to either side leave the interval across it.
const cases: Record<string, Case> = {
  'a lower bound at or above the threshold aligns': { correct: 115, want: ['KnowledgeAlignment'], decided: true },
  'an upper bound below it injects': { correct: 85, want: ['KnowledgeInjection'], decided: true },
  'an interval across it, from above, is a mixture': { correct: 112, want: ['KnowledgeMixture'], decided: false },
  'and from below': { correct: 88, want: ['KnowledgeMixture'], decided: false, says: /undecided, so a mixture/ },
  'while trial runs are to come, all stay in the running': {
    correct: 100,
    request: { open: true },
    want: ALL,
    decided: false,
    says: /trial runs are to tell/,
  },
  'once trial runs are over, those that one has measured': {
    correct: 100,
    tried: ['KnowledgeInjection', 'KnowledgeAlignment'],
    want: ['KnowledgeAlignment', 'KnowledgeInjection'],
    decided: false,
    says: /trial runs told/,
  },
  'what the probe decides, trial runs do not open again': {
    correct: 115,
    request: { open: true },
    tried: ['KnowledgeInjection'],
    want: ['KnowledgeAlignment'],
    decided: true,
  },
  'a teacher that nobody asked is not trusted to know': {
    correct: null,
    want: ['KnowledgeInjection'],
    decided: false,
    says: /was not probed/,
  },
  'a mode that is asked for is taken': {
    correct: 115,
    request: { mode: 'KnowledgeMixture' },
    want: ['KnowledgeMixture'],
    decided: true,
  },
};

describe('the strategy for a teacher', () => {
  for (const [name, { correct, request = {}, tried = [], want, decided, says = /./ }] of Object.entries(cases)) {
    it(name, () => {
      const accuracy = correct === null ? null : wilson(correct, 200);
      const chosen = chooseStrategy({ teacher: 'tiny', accuracy, tried }, { ...aRequest().strategy, ...request });
      assert.deepEqual([chosen.strategies, chosen.decided], [want, decided]);
      assert.match(chosen.message, says);
    });
  }
});
