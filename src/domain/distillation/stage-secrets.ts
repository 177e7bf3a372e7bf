/**
 * Which Secrets a stage's pod is given, for the URIs that it opens and no others. Each is mounted as a folder, a file per
 * key: the document names the folder, the trainer reads the keys it needs (docs/data.md), and nobody else reads any.
 */
import type { Volume, VolumeMount } from '../../api/core.ts';
import type { DistillationJobSpec } from '../../api/v1alpha1/distillation-job.gen.ts';
import type { StageName } from './stage.ts';
import { type Choice, chosenLoss } from './stage-document.ts';

export interface StageSecrets {
  readonly volumes: readonly Volume[];
  readonly volumeMounts: readonly VolumeMount[];
  /** From a Secret's name to the folder where the pod sees its keys. */
  readonly folders: Readonly<Record<string, string>>;
}

interface Source {
  readonly uri?: string;
  readonly secretRef?: { readonly name: string };
}

const secretsPath = '/var/run/stratos/secrets';

type Sources = (spec: DistillationJobSpec, choice: Choice | undefined) => readonly (Source | undefined)[];

/** What each stage opens. Training reads what synthesis wrote, and the teacher only where its loss needs the weights. */
const opened: Readonly<Record<StageName, Sources>> = {
  Profile: (spec, choice) => [...data(spec), ...teachers(spec, choice), ...students(spec, choice)],
  Pilot: (spec, choice) => [...data(spec), spec.task.knowledge, ...teachers(spec, choice), ...students(spec, choice)],
  Synthesize: (spec, choice) => [...data(spec), spec.task.knowledge, ...teachers(spec, choice)],
  Train: (spec, choice) => [...students(spec, choice), ...(readsTeacher(spec, choice) ? teachers(spec, choice) : [])],
  Evaluate: (spec, choice) => [...data(spec), ...teachers(spec, choice), ...students(spec, choice)],
  Publish: ({ output }) => [output],
};

export function stageSecrets(spec: DistillationJobSpec, stage: StageName, choice: Choice | undefined): StageSecrets {
  const names = opened[stage](spec, choice).flatMap((source) => source?.secretRef?.name ?? []);
  const unique = [...new Set(names)].sort();
  return {
    volumes: unique.map((secretName, index) => ({ name: `secret-${index}`, secret: { secretName } })),
    volumeMounts: unique.map((name, index) => ({
      name: `secret-${index}`,
      mountPath: `${secretsPath}/${name}`,
      readOnly: true,
    })),
    folders: Object.fromEntries(unique.map((name) => [name, `${secretsPath}/${name}`])),
  };
}

function data({ task }: DistillationJobSpec): readonly Source[] {
  return [task.train, task.evaluation];
}

function teachers(spec: DistillationJobSpec, choice: Choice | undefined): readonly Source[] {
  return spec.teachers.filter(({ name }) => choice === undefined || name === choice.teacher);
}

function students(spec: DistillationJobSpec, choice: Choice | undefined): readonly Source[] {
  return spec.students.filter(({ name }) => choice === undefined || name === choice.student);
}

function readsTeacher({ training }: DistillationJobSpec, choice: Choice | undefined): boolean {
  const loss = chosenLoss(training.loss, choice);
  return loss === 'Logits' || loss === 'OnPolicy';
}
