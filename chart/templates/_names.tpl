{{/* The release's name if it says what this is, else with our name after it; cut for the suffixes. */}}
{{- define "self-scaling.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-self-scaling" .Release.Name) (contains "self-scaling" .Release.Name) -}}
{{- .Values.fullnameOverride | default $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* What selects the pod: never changes while the release lives. */}}
{{- define "self-scaling.selector" -}}
app.kubernetes.io/name: self-scaling
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: all
{{- end -}}

{{- define "self-scaling.labels" -}}
{{ include "self-scaling.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "self-scaling.account" -}}
{{- $made := ternary (include "self-scaling.fullname" .) "default" .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default $made -}}
{{- end -}}

{{- define "self-scaling.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}
