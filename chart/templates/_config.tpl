{{/* What other objects of the chart depend on: it stands fast. */}}
{{- define "self-scaling.fixedConfig" -}}
kube:
  ownNamespace: {{ .Release.Namespace }}
store:
  kind: sqlite
  path: /var/lib/self-scaling/store.sqlite
  spillDirectory: /var/lib/self-scaling/spill
adapter:
  port: 6443
  certificateDirectory: /var/lib/self-scaling/certificates
  serviceNamespace: {{ .Release.Namespace }}
  serviceName: {{ include "self-scaling.fullname" . }}-adapter
  servicePort: {{ .Values.service.adapterPort }}
controller:
  port: 8443
  serviceName: {{ include "self-scaling.fullname" . }}-controller
  access: kubernetes
ops:
  port: 9090
{{- end -}}

{{/* The configuration file: the user's settings, and ours. One of ours set by the user is a mistake. */}}
{{- define "self-scaling.config" -}}
{{- $fixed := include "self-scaling.fixedConfig" . | fromYaml -}}
{{- range $section, $settings := $fixed -}}
{{- range $name, $value := $settings -}}
{{- if hasKey (get $.Values.config $section | default dict) $name -}}
{{- fail (printf "config.%s.%s: is set by the chart (%v); remove it" $section $name $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $open := dict "controller" (dict "host" "::") -}}
{{- mustMergeOverwrite $open (deepCopy .Values.config) $fixed | toYaml -}}
{{- end -}}
