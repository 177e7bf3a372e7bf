import assert from 'node:assert/strict';
import { listCandidates } from '../../../../src/domain/planning/list-candidates.ts';
import { makePlan, type PlanResult } from '../../../../src/domain/planning/plan.ts';
import type { PilotResult } from '../../../../src/domain/planning/pilot-result.ts';
import type { PlanInputs, PlanRequest, ProfiledModel } from '../../../../src/domain/planning/request.ts';
import { a100Node, aProfile, aRequest, facts, h100Node, l4Node, planInputs, poolsOf } from './builders.ts';

const auto = { ...aRequest().training, method: 'Full', fallbackMethod: 'LoRA', loss: 'Auto' } as const;

interface Changes {
  readonly request?: Partial<PlanRequest>;
  readonly teacher?: Partial<ProfiledModel>;
  readonly student?: Partial<ProfiledModel>;
  readonly pools?: PlanInputs['pools'];
  readonly pilots?: readonly PilotResult[];
}

function inputs({ request = {}, teacher = {}, student = {}, pools, pilots }: Changes = {}): PlanInputs {
  const models = aProfile().models.map((model) => ({ ...model, ...(model.role === 'Teacher' ? teacher : student) }));
  return planInputs({
    request: aRequest({ training: auto, objective: { policy: 'AccuracyFirst' }, ...request }),
    profile: aProfile({ models }),
    pools: pools ?? poolsOf(h100Node(), a100Node(), l4Node()),
    ...(pilots === undefined ? {} : { pilots }),
  });
}

const choice = ({ selected }: PlanResult): string => `${selected?.method} ${selected?.loss}`;
const reasons = (of: PlanInputs, method?: string): Set<string> =>
  new Set(
    listCandidates(of, makePlan(of))
      .rejected.filter((rejection) => method === undefined || rejection.method === method)
      .map(({ reason }) => reason),
  );
const withFacts = (changes: object) => ({ facts: { ...facts('Qwen/Qwen2.5-0.5B-Instruct'), ...changes } });
const recipe = { teacher: 'teacher', student: 'student', strategy: 'KnowledgeAlignment', method: 'Full' } as const;

describe('a loss that is left open', () => {
  it('is text, where nothing says that the logits teach more, and the logits are looked at', () => {
    const plan = makePlan(inputs());
    assert.equal(choice(plan), 'Full SequenceLevel');
    const lost = plan.rejected.filter(({ loss, reason }) => loss === 'Logits' && reason === 'Dominated');
    assert.ok(lost.some(({ message }) => /text instead of Logits.*quicker to train/.test(message)));
    assert.doesNotMatch(plan.explanation, /text alone/);
  });

  it('is the logits, where a trial run measured them better', () => {
    const run = { steps: 60, samples: 200 };
    const pilots: PilotResult[] = [
      { ...recipe, ...run, correct: 80 },
      { ...recipe, loss: 'Logits', ...run, correct: 150 },
    ];
    const plan = makePlan(inputs({ pilots }));
    assert.equal(choice(plan), 'Full Logits');
    assert.match(plan.explanation, /\(Full, Logits\)/);
  });

  it('never gains by a trial run of the text: what was not tried is expected to be no better', () => {
    const bad: PilotResult = { ...recipe, steps: 60, samples: 200, correct: 10 };
    assert.equal(choice(makePlan(inputs({ pilots: [bad] }))), 'Full SequenceLevel');
  });

  const text: Record<string, { changes: Changes; why: RegExp; reason: string }> = {
    'the tokenizers differ': {
      changes: { student: withFacts({ tokenizerDigest: 'another' }) },
      why: /learns from text alone: teacher and student have different tokenizers/,
      reason: 'TokenizerMismatch',
    },
    'nobody knows the tokenizers': {
      changes: {
        student: withFacts({ tokenizerDigest: '' }),
        teacher: { facts: { ...facts('Qwen/Qwen2.5-7B-Instruct'), tokenizerDigest: '' } },
      },
      why: /the tokenizers of teacher and student are not known/,
      reason: 'TokenizerMismatch',
    },
    'the teacher is behind an API': {
      changes: { teacher: { facts: null }, request: { teachers: [{ name: 'teacher', endpoint: {} }] } },
      why: /learns from text alone: an endpoint gives no logits of teacher/,
      reason: 'MethodNotApplicable',
    },
  };
  for (const [name, { changes, why, reason }] of Object.entries(text))
    it(`is downgraded to text, with the reason in the plan, where ${name}`, () => {
      const plan = makePlan(inputs(changes));
      assert.equal(choice(plan), 'Full SequenceLevel');
      assert.match(plan.explanation, why);
      const lost = plan.rejected.find((rejection) => rejection.reason === reason);
      assert.match(lost?.message ?? '', /Logits cannot be had, because .*; it learns from text instead/);
    });

  it('is text without a word, where the teacher does not know the task', () => {
    const of = inputs({ teacher: { correct: 10 } });
    assert.equal(choice(makePlan(of)), 'Full SequenceLevel');
    assert.ok(listCandidates(of, makePlan(of)).candidates.every(({ candidate }) => candidate.loss === 'SequenceLevel'));
  });

  it('that was asked for by name is refused over other tokenizers, with the ways out', () => {
    const request = { training: { ...auto, loss: 'Logits' as const } };
    const { selected, blocker } = makePlan(inputs({ request, student: withFacts({ tokenizerDigest: 'another' }) }));
    assert.equal(selected, null);
    assert.match(blocker?.message ?? '', /set divergence to Universal.*or set loss to SequenceLevel or Auto/);
  });
});

describe('a method that is left open', () => {
  it('is whole weights where these fit, and says of adapters that they are not needed', () => {
    assert.equal(makePlan(inputs()).selected?.method, 'Full');
    assert.ok(reasons(inputs(), 'LoRA').has('MethodNotNeeded'));
  });

  it('is adapters where whole weights fit nowhere, and says so', () => {
    const big = { facts: facts('Qwen/Qwen2.5-7B-Instruct') };
    const of = inputs({ student: big, pools: poolsOf(l4Node()) });
    const plan = makePlan(of);
    assert.equal(plan.selected?.method, 'LoRA');
    assert.match(plan.explanation, /LoRA, because whole weights cannot be trained on what is free within the limits/);
    assert.ok(reasons(of, 'Full').has('MemoryTooSmall'));
  });

  it('is never adapters where none are offered', () => {
    const { fallbackMethod: _none, ...training } = auto;
    const plan = makePlan(inputs({ request: { training } }));
    assert.ok(plan.front.every(({ method }) => method === 'Full'));
  });
});
