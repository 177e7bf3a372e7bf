import type { Crd } from './crd.ts';

/** The chart's copy of a CRD: switched by `crds.enabled`, and kept on uninstall while `crds.keep` is true. */
export function chartTemplate(crd: Crd): string {
  const keep = [
    '  {{- if .Values.crds.keep }}',
    '  annotations:',
    '    helm.sh/resource-policy: keep',
    '  {{- end }}',
  ].join('\n');
  const body = crd.text
    .replace(/^metadata:\n {2}name: .*$/m, (metadata) => `${metadata}\n${keep}`)
    .replace(/^ *# (copied from|end of copy).*\n/gm, '');
  return `{{- /* Generated from crds/${crd.file} by npm run generate. Do not edit. */}}\n{{- if .Values.crds.enabled }}\n${body}{{- end }}\n`;
}
