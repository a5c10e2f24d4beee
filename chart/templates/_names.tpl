{{/* The release's name if it says what this is, else with our name after it; cut for the suffixes. */}}
{{- define "self-scaling.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-self-scaling" .Release.Name) (contains "self-scaling" .Release.Name) -}}
{{- .Values.fullnameOverride | default $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* What selects the pods of a part: never changes while the release lives. Takes (list . PART). */}}
{{- define "self-scaling.selector" -}}
{{- $ := index . 0 -}}
app.kubernetes.io/name: {{ $.Values.nameOverride | default "self-scaling" }}
app.kubernetes.io/instance: {{ $.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "self-scaling.labels" -}}
{{- $ := index . 0 -}}
{{ include "self-scaling.selector" . }}
app.kubernetes.io/version: {{ $.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $.Chart.Name $.Chart.Version }}
{{- with $.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Name, labels and annotations of an object. Takes (list . PART NAME) and perhaps annotations of its own. */}}
{{- define "self-scaling.metadata" -}}
{{- $ := index . 0 -}}
name: {{ index . 2 }}
namespace: {{ $.Release.Namespace }}
{{ include "self-scaling.clusterMetadata" . | trimPrefix (printf "name: %s\n" (index . 2)) }}
{{- end -}}

{{- define "self-scaling.clusterMetadata" -}}
{{- $ := index . 0 -}}
{{- $own := dict -}}
{{- if gt (len .) 3 }}{{ $own = index . 3 }}{{ end -}}
name: {{ index . 2 }}
labels: {{- include "self-scaling.labels" . | nindent 2 }}
{{- with merge (dict) $own $.Values.commonAnnotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Name of a part's Deployment, account and roles. */}}
{{- define "self-scaling.part" -}}
{{- printf "%s-%s" (include "self-scaling.fullname" (index . 0)) (index . 1) -}}
{{- end -}}

{{- define "self-scaling.account" -}}
{{- $part := include "self-scaling.part" . -}}
{{- with (index (index . 0).Values (index . 1)).serviceAccount -}}
{{- .name | default (ternary $part "default" .create) -}}
{{- end -}}
{{- end -}}

{{/* Takes (list . IMAGE TAG). */}}
{{- define "self-scaling.image" -}}
{{- $ := index . 0 -}}
{{- with index . 1 -}}
{{- $registry := $.Values.global.imageRegistry | default .registry -}}
{{- $name := ternary .repository (printf "%s/%s" $registry .repository) (empty $registry) -}}
{{- if .digest -}}
{{ $name }}@{{ .digest }}
{{- else -}}
{{ $name }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "self-scaling.storeSecret" -}}
{{- .Values.influxdb.external.existingSecret | default (printf "%s-store" (include "self-scaling.fullname" .)) -}}
{{- end -}}

{{- define "self-scaling.tlsSecret" -}}
{{- .Values.tls.existingSecret | default (printf "%s-tls" (include "self-scaling.fullname" .)) -}}
{{- end -}}

{{/* Who owns the name of the external metrics API, as far as can be seen. */}}
{{- define "self-scaling.apiServiceOwner" -}}
{{- $live := lookup "apiregistration.k8s.io/v1" "APIService" "" "v1beta1.external.metrics.k8s.io" -}}
{{- $notes := dig "metadata" "annotations" dict $live -}}
{{- if not $live -}}free
{{- else if and (eq (get $notes "meta.helm.sh/release-name") .Release.Name) (eq (get $notes "meta.helm.sh/release-namespace") .Release.Namespace) -}}ours
{{- else -}}foreign{{- end -}}
{{- end -}}

{{- define "self-scaling.makesApiService" -}}
{{- $create := .Values.apiService.create | toString -}}
{{- if eq $create "true" -}}true
{{- else if and (eq $create "auto") (ne (include "self-scaling.apiServiceOwner" .) "foreign") -}}true
{{- end -}}
{{- end -}}
