{{/* What other objects of the chart depend on: it stands fast. */}}
{{- define "self-scaling.fixedConfig" -}}
{{- $name := include "self-scaling.fullname" . -}}
{{- $single := eq .Values.topology "single" -}}
kube:
  ownNamespace: {{ .Release.Namespace }}
  leaseName: {{ $name }}-controller
  namespaces: {{ toJson .Values.scope.namespaces }}
  excludeNamespaces: {{ toJson .Values.scope.excludeNamespaces }}
  resources: {{ toJson .Values.scope.resources }}
store:
  {{- if $single }}
  kind: sqlite
  path: /var/lib/self-scaling/store.sqlite
  {{- else }}
  kind: influx2
  url: {{ .Values.influxdb.external.url | default (printf "http://%s-influxdb:8086" $name) }}
  org: {{ .Values.influxdb.org }}
  tokenFile: /run/secrets/store/token
  {{- end }}
  spillDirectory: /var/lib/self-scaling/spill
adapter:
  port: 6443
  certificateDirectory: {{ ternary "/var/lib/self-scaling/certificates" "/run/secrets/tls" (and $single (eq .Values.tls.mode "self")) }}
  certificates: {{ ternary "self" "given" (eq .Values.tls.mode "self") }}
  {{- if and (not $single) (eq .Values.tls.mode "self") }}
  authoritySecret: {{ $name }}-ca
  certificateSecret: {{ $name }}-tls
  {{- end }}
  serviceNamespace: {{ .Release.Namespace }}
  serviceName: {{ $name }}-adapter
  servicePort: {{ .Values.service.adapterPort }}
  keda: {{ ternary "on" "off" .Values.keda.enabled | quote }}
  {{- if .Values.keda.enabled }}
  kedaPort: 6000
  kedaClientCa: /run/secrets/keda/ca.crt
  {{- end }}
passThrough:
  enabled: {{ .Values.passThrough.enabled }}
  {{- with .Values.passThrough }}
  {{- if .enabled }}
  host: {{ .host }}
  port: {{ .port }}
  serverName: {{ .serverName | quote }}
  caFile: /run/secrets/upstream/ca.crt
  {{- end }}
  {{- end }}
controller:
  port: 8443
  serviceName: {{ $name }}-controller
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
