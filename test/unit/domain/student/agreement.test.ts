import assert from 'node:assert/strict';
import type { Pod } from '../../../../src/api/core.ts';
import type { AgreementStatus, RolloutAnalysis } from '../../../../src/api/v1alpha1/student-deployment.gen.ts';
import {
  addExchanges,
  type Answer,
  beginRound,
  judgeAgreement,
  nothingAsked,
} from '../../../../src/domain/student/canary/agreement.ts';
import { digestOf, type Prompt, readPrompts, samplePrompts } from '../../../../src/domain/student/canary/prompts.ts';
import { pair } from '../../../../src/domain/student/canary/questions.ts';
import { type Match, similarity } from '../../../../src/domain/student/canary/similarity.ts';
import { aPod } from '../../../support/builders/pod.ts';

const analysis = (minAgreement?: string): RolloutAnalysis => ({
  maxErrorRate: '0.01',
  maxLatencyRegression: '0.2',
  minRequests: 50,
  ...(minAgreement === undefined ? {} : { minAgreement }),
});
const tally = (agreed: number, compared: number, total = compared): AgreementStatus => ({
  promptsDigest: 'p',
  total,
  asked: compared,
  compared,
  agreed: String(agreed),
});

describe('prompts', () => {
  const broken: Record<string, { text: string; want: RegExp }> = {
    nothing: { text: ' \n\n', want: /^there is no prompt in it/ },
    'text that is no JSON': { text: '{"prompt": "a"}\n2 + 2 =', want: /^line 2 is no JSON object/ },
    'a list': { text: '[1]', want: /^line 1 has no "prompt"/ },
    'a prompt that is no text': { text: '\n{"prompt": 4}', want: /^line 2 has no "prompt" that is a text/ },
    'an answer that is no text': {
      text: '{"prompt": "a", "answer": 4}',
      want: /^line 1 has an "answer" that is no text/,
    },
    'one that no model reads': { text: JSON.stringify({ prompt: 'x'.repeat(300_000) }), want: /more than 262144/ },
  };
  for (const [name, { text, want }] of Object.entries(broken)) {
    it(`${name} is told with its line`, () => {
      const result = readPrompts(text);
      assert.match('problem' in result ? result.problem : '', want);
    });
  }

  const text = Array.from({ length: 50 }, (_, index) => JSON.stringify({ prompt: `what is ${index}?` })).join('\n');
  const prompts = readPrompts(text) as readonly Prompt[];
  const drawn = (revision: string, size: number) => samplePrompts(prompts, revision, size).map(({ line }) => line);

  it('are drawn in an order that a new process repeats, and another revision does not', () => {
    assert.deepEqual(drawn('a', 10), drawn('a', 10));
    assert.notDeepEqual(drawn('a', 10), drawn('b', 10));
    assert.equal(new Set(drawn('a', 50)).size, 50);
  });

  it('a larger sample begins with the smaller one, so that its round goes on', () => {
    assert.deepEqual(drawn('a', 20).slice(0, 10), drawn('a', 10));
    const round = { ...tally(9, 10), message: 'something was in the way' };
    assert.deepEqual(beginRound('p', 20, round), { ...tally(9, 10), total: 20 });
  });

  it('others, or the same asked otherwise, begin a new round', () => {
    const spec = { prompts: { configMapRef: { name: 'p', key: 'k' } }, sampleSize: 10, maxTokens: 8 } as const;
    const digest = digestOf(text, { ...spec, match: 'Exact', api: 'Chat' });
    assert.notEqual(digestOf(text, { ...spec, match: 'TokenF1', api: 'Chat' }), digest);
    assert.notEqual(digestOf(`${text} `, { ...spec, match: 'Exact', api: 'Chat' }), digest);
    assert.deepEqual(beginRound('q', 20, tally(9, 10)), { promptsDigest: 'q', total: 20, ...nothingAsked });
  });
});

describe('how far two answers agree', () => {
  const cases: readonly [Match, string, string, number][] = [
    ['Exact', ' The answer is 4. ', 'the  answer\nis 4.', 1],
    ['Exact', 'ﬁve', 'five', 1],
    ['Exact', 'four', 'five', 0],
    ['Exact', '', '', 1],
    ['TokenF1', 'a b c d', 'a b', 2 / 3],
    ['TokenF1', 'b a', 'A B', 1],
    ['TokenF1', 'a a a', 'a', 0.5],
    ['TokenF1', 'a', '', 0],
    ['TokenF1', '', ' ', 1],
  ];
  for (const [match, one, other, want] of cases)
    it(`${match}: ${JSON.stringify(one)} and ${JSON.stringify(other)}: ${want.toFixed(2)}`, () => {
      assert.equal(similarity(match, one, other), want);
      assert.equal(similarity(match, other, one), want);
    });
});

describe('a round of questions', () => {
  const prompt = (line: number): Prompt => ({ line, text: 'x', answer: undefined });
  const exchange = (line: number, candidate: Answer, reference: Answer) => ({
    prompt: prompt(line),
    candidate,
    reference,
  });
  const same = { text: 'yes' };
  const begun = beginRound('p', 4, undefined);

  it('counts what agrees, and names the lines of what differs', () => {
    const round = addExchanges(begun, [exchange(7, same, same), exchange(9, { text: 'no' }, same)], 'Exact');
    assert.deepEqual(round, { promptsDigest: 'p', total: 4, asked: 2, compared: 2, agreed: '1', differing: [9] });
  });

  it('counts a prompt that only the candidate does not take as one that differs, and leaves out what neither takes', () => {
    const refusal = { refusal: 'the server answers 400' };
    const round = addExchanges(begun, [exchange(1, refusal, same), exchange(2, refusal, refusal)], 'Exact');
    assert.deepEqual([round.asked, round.compared, round.agreed], [2, 1, '0']);
  });

  it('stops at the first that nobody answered, to ask it again', () => {
    const trouble = { trouble: 'pod a: no answer in 60000 ms' };
    const round = addExchanges(
      begun,
      [exchange(1, same, same), exchange(2, same, trouble), exchange(3, same, same)],
      'Exact',
    );
    assert.deepEqual([round.asked, round.message], [1, 'pod a: no answer in 60000 ms']);
    assert.equal(addExchanges(round, [exchange(2, same, same)], 'Exact').message, undefined);
  });

  const verdicts: Record<string, { round: AgreementStatus | undefined; want: [string | undefined, RegExp] }> = {
    'nothing was asked': { round: undefined, want: ['unclear', /no answers were compared/] },
    'all of many agree': { round: tally(100, 100), want: ['good', /^100 of 100 answers agree; the floor is 0.9$/] },
    'all of a few agree': { round: tally(20, 20), want: ['unclear', /add some, or raise agreement.sampleSize/] },
    'all so far agree': { round: tally(60, 60, 100), want: ['unclear', /60 of 100 prompts were asked/] },
    'as many as the floor': { round: tally(90, 100), want: ['unclear', /whether that is chance/] },
    'most of many differ': { round: tally(40, 100), want: ['bad', /^40 of 100 answers agree/] },
    'the first differs': { round: tally(0, 1, 100), want: ['unclear', /1 of 100/] },
    'the first sixteen differ': { round: tally(0, 16, 100), want: ['bad', /^0 of 16 answers agree/] },
    'so few that they say little differ': { round: tally(0, 8, 100), want: ['unclear', /8 of 100/] },
  };
  for (const [name, { round, want }] of Object.entries(verdicts)) {
    it(`${name}: ${want[0]}`, () => {
      const verdict = judgeAgreement(round, analysis('0.9'));
      assert.equal(verdict?.kind, want[0]);
      assert.match(verdict?.message ?? '', want[1]);
    });
  }

  it('says nothing where no floor is asked for', () =>
    assert.equal(judgeAgreement(tally(0, 100), analysis()), undefined));

  it('takes back one candidate in twenty at most that is as good as the floor, though it is looked at after each batch', () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    const ends = Array.from({ length: 2000 }, () => {
      let agreed = 0;
      for (let asked = 8; asked <= 200; asked += 8) {
        for (let i = 0; i < 8; i += 1) agreed += random() < 0.9 ? 1 : 0;
        const verdict = judgeAgreement(tally(agreed, asked, 200), analysis('0.9'))?.kind ?? '';
        if (verdict !== 'unclear') return verdict;
      }
      return 'unclear';
    });
    const share = (kind: string) => ends.filter((end) => end === kind).length / ends.length;
    assert.ok(share('bad') < 0.05, `${share('bad')} were taken back`);
    assert.ok(share('good') < 0.065, `${share('good')} were let through`);
  });
});

describe('whom a round asks', () => {
  const pod = (name: string, track: string, revision: string): Pod => {
    const { metadata, status, ...rest } = aPod(name).build();
    const labels = { 'distill.stratos.dev/track': track, 'distill.stratos.dev/revision': revision };
    const conditions = [{ type: 'Ready', status: 'True' }];
    return { ...rest, metadata: { ...metadata, labels }, status: { ...status, podIP: '127.0.0.1', conditions } };
  };
  const prompts = [1, 2, 3].map((line) => ({ line, text: 'x', answer: undefined }));
  const names = (all: ReturnType<typeof pair>) =>
    all?.map(({ candidate, reference }) => `${candidate.metadata.name} ${reference?.metadata.name ?? 'the answer'}`);

  it('each prompt goes to one replica of each revision, spread over them', () => {
    const pods = [pod('c', 'canary', 'new'), pod('s1', 'stable', 'old'), pod('s2', 'stable', 'old')];
    assert.deepEqual(names(pair(prompts, pods, 'new')), ['c s2', 'c s1', 'c s2']);
  });

  it('one with its answer asks only the candidate', () => {
    const known = prompts.map((prompt) => ({ ...prompt, answer: '4' }));
    assert.deepEqual(names(pair(known.slice(0, 1), [pod('c', 'canary', 'new')], 'new')), ['c the answer']);
  });

  it('nobody, while a revision has no replica that is ready, or the canary is of another revision', () => {
    assert.equal(pair(prompts, [pod('c', 'canary', 'new')], 'new'), undefined);
    assert.equal(pair(prompts, [pod('c', 'canary', 'other'), pod('s', 'stable', 'old')], 'new'), undefined);
  });
});
