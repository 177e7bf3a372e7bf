{{- define "stratos.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- /* 50 characters leave room for the longest suffix, "-progress", in a DNS label. */}}
{{- define "stratos.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "stratos.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "stratos.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "stratos.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- /* Never changed: a Deployment's selector is immutable. */}}
{{- define "stratos.selectorLabels" -}}
app.kubernetes.io/name: {{ include "stratos.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "stratos.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "stratos.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: stratos
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "stratos.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "stratos.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- /* An image's reference: list of the root context and the image's values. */}}
{{- define "stratos.image" -}}
{{- $root := index . 0 }}
{{- $image := index . 1 }}
{{- $registry := default $image.registry $root.Values.global.imageRegistry }}
{{- with $registry }}{{ . }}/{{ end }}{{ $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ default $root.Chart.AppVersion $image.tag }}{{ end }}
{{- end }}

{{- define "stratos.progressUrl" -}}
{{- if .Values.progress.enabled }}
{{- default (printf "https://%s-progress.%s.svc:%v" (include "stratos.fullname" .) (include "stratos.namespace" .) .Values.progress.port) .Values.progress.url }}
{{- end }}
{{- end }}

{{- /* What the operator may do in each namespace whose jobs it runs; docs/install.md says what each rule is for. */}}
{{- define "stratos.namespacedRules" -}}
- apiGroups: [distill.stratos.dev]
  resources: [distillationquotas]
  verbs: [get, list, watch]
# patch: its finalizer, which keeps a deleted job until the ledger has it; specs are never written.
- apiGroups: [distill.stratos.dev]
  resources: [distillationjobs]
  verbs: [get, list, watch, patch]
- apiGroups: [distill.stratos.dev]
  resources: [studentdeployments]
  verbs: [get, list, watch, create]
- apiGroups: [distill.stratos.dev]
  resources: [distillationjobs/status, distillationquotas/status, studentdeployments/status]
  verbs: [get, patch]
- apiGroups: [distill.stratos.dev]
  resources: [distillationjobs/finalizers, studentdeployments/finalizers]
  verbs: [update]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [apps]
  resources: [deployments, controllerrevisions]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [keda.sh]
  resources: [scaledobjects]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [inference.networking.k8s.io]
  resources: [inferencepools]
  verbs: [get, list, watch, create, patch, delete]
# The prompts of spec.rollout.analysis.agreement.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get]
- apiGroups: [""]
  resources: [services]
  verbs: [get, list, watch, create, patch]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get, list, watch, create]
- apiGroups: [""]
  resources: [pods, resourcequotas, limitranges]
  verbs: [get, list, watch]
# Why a Job has no pod stands in an event and nowhere else.
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [list]
- apiGroups: [resource.k8s.io]
  resources: [resourceclaims]
  verbs: [get, list, watch]
# Their specs never change, and they go with their owner.
- apiGroups: [resource.k8s.io]
  resources: [resourceclaimtemplates]
  verbs: [get, list, watch, create, patch]
- apiGroups: [kueue.x-k8s.io]
  resources: [workloads]
  verbs: [get, list, watch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- /* What has no namespace. */}}
{{- define "stratos.clusterRules" -}}
- apiGroups: [""]
  resources: [nodes]
  verbs: [get, list, watch]
- apiGroups: [scheduling.k8s.io]
  resources: [priorityclasses]
  verbs: [get, list, watch]
- apiGroups: [distill.stratos.dev]
  resources: [serverpools]
  verbs: [get, list, watch]
- apiGroups: [distill.stratos.dev]
  resources: [serverpools/status]
  verbs: [get, patch]
- apiGroups: [karpenter.sh]
  resources: [nodepools, nodeoverlays]
  verbs: [get, list, watch]
- apiGroups: [kueue.x-k8s.io]
  resources: [resourceflavors]
  verbs: [get, list, watch]
- apiGroups: [resource.k8s.io]
  resources: [resourceslices, deviceclasses]
  verbs: [get, list, watch]
{{- if .Values.progress.enabled }}
- apiGroups: [authentication.k8s.io]
  resources: [tokenreviews]
  verbs: [create]
{{- end }}
{{- end }}

{{- define "stratos.subject" -}}
- kind: ServiceAccount
  name: {{ include "stratos.serviceAccountName" . }}
  namespace: {{ include "stratos.namespace" . }}
{{- end }}

{{- /* An alert's page: list of the values of the rules and the page's anchor. */}}
{{- define "stratos.runbook" -}}
{{- with (index . 0).runbookUrl -}}
runbook_url: {{ printf "%s#%s" . (index $ 1) }}
{{- end }}
{{- end }}
