import { validateStudentDeployment } from '../../../src/api/validate.ts';
import type {
  StudentDeployment,
  StudentDeploymentSpec,
  StudentDeploymentStatus,
} from '../../../src/api/v1alpha1/student-deployment.gen.ts';
import { type Changes, merge } from './merge.ts';

/** A stored StudentDeployment of published weights, with every default that the API server would fill in. */
export function aStudentDeployment(name = 'tiles'): StudentDeploymentBuilder {
  return new StudentDeploymentBuilder(name);
}

export class StudentDeploymentBuilder {
  readonly #name: string;
  #spec: unknown = { model: { uri: 'pvc://students/tiles' } };
  #status: unknown;

  constructor(name: string) {
    this.#name = name;
  }

  spec(changes: Changes<StudentDeploymentSpec>): this {
    this.#spec = merge(this.#spec, changes);
    return this;
  }

  status(changes: Changes<StudentDeploymentStatus>): this {
    this.#status = merge(this.#status ?? {}, changes);
    return this;
  }

  build(): StudentDeployment {
    return acceptedStudent({
      apiVersion: 'distill.stratos.dev/v1alpha1',
      kind: 'StudentDeployment',
      metadata: {
        name: this.#name,
        namespace: 'team-a',
        uid: 'student-uid',
        resourceVersion: '1',
        generation: 1,
        creationTimestamp: '2026-03-01T12:00:00Z',
      },
      spec: this.#spec,
      ...(this.#status === undefined ? {} : { status: this.#status }),
    });
  }
}

/** The object as the API server would store it; an error for one that it would refuse. */
export function acceptedStudent(student: unknown): StudentDeployment {
  const validated = validateStudentDeployment(student);
  if (validated.ok) return validated.value;
  const errors = validated.errors.map(({ path, message }) => `${path} ${message}`);
  throw new Error(`the API server would refuse this StudentDeployment: ${errors.join('; ')}`);
}
