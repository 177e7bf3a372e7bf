/** Files for a command line, in a folder that goes after the tests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { aNode, a100Node, cpuNode, facts, h100Node, l4Node } from '../domain/planning/builders.ts';

export interface Files {
  /** The path of a new file with this text. */
  write(name: string, text: string): string;
  path(name: string): string;
}

export function withFiles(): Files {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'stratos-cli-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  const at = (name: string): string => path.join(folder, name);
  return {
    path: at,
    write: (name, text) => {
      writeFileSync(at(name), text);
      return at(name);
    },
  };
}

/** What `kubectl get nodes -o yaml` writes. */
export function nodesYaml(): string {
  const nodes = [
    h100Node(),
    l4Node(),
    a100Node(),
    cpuNode(),
    aNode({ name: 'odd', gpus: 1, labels: { 'nvidia.com/gpu.product': 'B999' } }),
  ];
  return stringify({ apiVersion: 'v1', kind: 'List', items: nodes.map((node) => ({ kind: 'Node', ...node })) });
}

export function jobYaml(constraints: object = {}): string {
  return stringify({
    apiVersion: 'distill.stratos.dev/v1alpha1',
    kind: 'DistillationJob',
    metadata: { name: 'triage', namespace: 'team-a' },
    spec: {
      task: {
        train: { uri: 'pvc://data/train.jsonl' },
        evaluation: { uri: 'pvc://data/test.jsonl' },
        metric: { type: 'ExactMatch' },
      },
      teachers: [{ name: 'big', uri: 'hf://Qwen/Qwen2.5-14B-Instruct' }],
      students: [{ name: 'small', uri: 'hf://Qwen/Qwen2.5-0.5B-Instruct' }],
      constraints,
      output: { uri: 'pvc://students/triage' },
    },
  });
}

export function profileJson(): string {
  const models = [
    { name: 'big', role: 'Teacher', samples: 200, correct: 180, facts: facts('Qwen/Qwen2.5-14B-Instruct') },
    { name: 'small', role: 'Student', samples: 200, correct: 40, facts: facts('Qwen/Qwen2.5-0.5B-Instruct') },
  ];
  const result = {
    models,
    trainExamples: 5000,
    evaluationExamples: 400,
    meanPromptTokens: 300,
    meanCompletionTokens: 100,
  };
  return JSON.stringify({ version: 'v1', stage: 'profile', ok: true, result });
}
