{{/* What every pod of ours may do: next to nothing. */}}
{{- define "self-scaling.restricted" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Who the pod runs as. Takes a number. */}}
{{- define "self-scaling.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* Where the pods of a part run. Takes (list . PART). */}}
{{- define "self-scaling.placement" -}}
{{- $ := index . 0 -}}
{{- with index $.Values (index . 1) -}}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* Softly over hosts and zones, unless told otherwise. Takes (list . PART). */}}
{{- define "self-scaling.spread" -}}
{{- $ := index . 0 -}}
{{- $values := index $.Values (index . 1) -}}
topologySpreadConstraints:
{{- if kindIs "slice" $values.topologySpreadConstraints }}
{{- toYaml $values.topologySpreadConstraints | nindent 2 }}
{{- else }}
{{- $here := . }}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "self-scaling.selector" $here | nindent 8 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Annotations and labels of the pods of a part. Takes (list . PART). */}}
{{- define "self-scaling.podMetadata" -}}
{{- $ := index . 0 -}}
{{- $values := index $.Values (index . 1) -}}
labels:
  {{- include "self-scaling.labels" . | nindent 2 }}
  {{- with $values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  # A changed configuration makes a new pod.
  checksum/config: {{ include "self-scaling.config" $ | sha256sum }}
  {{- with merge (dict) $values.podAnnotations $.Values.commonAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/*
The pod of a role of ours. Takes (dict "root" . "part" PART "role" ROLE), and perhaps "ports" and "mounts" (each
with a volume) as texts, "tokenOf" whose store token it reads, "tls" whether it reads the certificates from a Secret.
*/}}
{{- define "self-scaling.podSpec" -}}
{{- $ := .root -}}
{{- $values := index $.Values .part -}}
{{- $gpu := and (hasKey $values "gpu") (dig "gpu" "enabled" false $values) -}}
{{- $serves := has .part (list "adapter" "single") -}}
{{- $authorities := dict -}}
{{- if and $serves $.Values.keda.enabled }}{{ $_ := set $authorities "keda" $.Values.keda.clientCaSecret }}{{ end -}}
{{- if and $serves $.Values.passThrough.enabled }}{{ $_ := set $authorities "upstream" $.Values.passThrough.caSecret }}{{ end -}}
serviceAccountName: {{ include "self-scaling.account" (list $ .part) }}
automountServiceAccountToken: {{ ne .part "trainer" }}
# Its variables would read as settings of ours.
enableServiceLinks: false
terminationGracePeriodSeconds: 30
{{- with $.Values.global.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- if and (hasKey $values "hostNetwork") $values.hostNetwork }}
hostNetwork: true
dnsPolicy: ClusterFirstWithHostNet
{{- end }}
{{- if $gpu }}
{{- with $values.gpu.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- end }}
{{- include "self-scaling.placement" (list $ .part) }}
{{- if hasKey $values "topologySpreadConstraints" }}
{{ include "self-scaling.spread" (list $ .part) }}
{{- end }}
securityContext: {{- include "self-scaling.podSecurity" 65532 | nindent 2 }}
containers:
  - name: self-scaling
    image: {{ include "self-scaling.image" (list $ $.Values.image) }}{{ ternary "-gpu" "" (and $gpu (empty $.Values.image.digest)) }}
    imagePullPolicy: {{ $.Values.image.pullPolicy }}
    args: {{- toJson (concat (list .role "--config" "/etc/self-scaling/config.yaml") $values.extraArgs) | nindent 6 }}
    {{- $env := $values.extraEnv }}
    {{- if eq .part "adapter" }}
    {{- /* Young objects die at once here: a small nursery saves memory, for some CPU (docs/SPEED.md). */}}
    {{- $env = prepend $env (dict "name" "NODE_OPTIONS" "value" "--max-semi-space-size=4") }}
    {{- end }}
    {{- with $env }}
    env: {{- toYaml . | nindent 6 }}
    {{- end }}
    securityContext: {{- include "self-scaling.restricted" $ | nindent 6 }}
    ports:
      {{- with .ports }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- if and $serves $.Values.keda.enabled }}
      - { name: keda, containerPort: 6000, protocol: TCP }
      {{- end }}
      - { name: ops, containerPort: 9090, protocol: TCP }
    startupProbe:
      httpGet: { path: /livez, port: ops }
      periodSeconds: 2
      failureThreshold: 60
    livenessProbe:
      httpGet: { path: /livez, port: ops }
      periodSeconds: 10
      failureThreshold: 3
    readinessProbe:
      httpGet: { path: /readyz, port: ops }
      periodSeconds: 5
      failureThreshold: 2
      # The store is asked a real question, for two seconds at most.
      timeoutSeconds: 4
    {{- $resources := deepCopy $values.resources }}
    {{- if $gpu }}
    {{- $resources = mergeOverwrite $resources (dict "limits" (dict $values.gpu.resourceName $values.gpu.count)) }}
    {{- end }}
    resources: {{- toYaml $resources | nindent 6 }}
    volumeMounts:
      - { name: config, mountPath: /etc/self-scaling, readOnly: true }
      - { name: data, mountPath: /var/lib/self-scaling }
      - { name: tmp, mountPath: /tmp }
      {{- if .tokenOf }}
      - { name: store-token, mountPath: /run/secrets/store, readOnly: true }
      {{- end }}
      {{- if .tls }}
      - { name: tls, mountPath: /run/secrets/tls, readOnly: true }
      {{- end }}
      {{- range $name, $_ := $authorities }}
      - { name: {{ $name }}, mountPath: /run/secrets/{{ $name }}, readOnly: true }
      {{- end }}
volumes:
  - name: config
    configMap:
      name: {{ include "self-scaling.fullname" $ }}-config
  - name: data
    {{- .data | default "emptyDir: {}" | nindent 4 }}
  - name: tmp
    emptyDir: {}
  {{- with .tokenOf }}
  # Bootstrap fills it; until then the pod waits.
  - name: store-token
    secret:
      secretName: {{ include "self-scaling.storeSecret" $ }}
      optional: true
      defaultMode: 0440
      items:
        - { key: {{ . }}-token, path: token }
  {{- end }}
  {{- if .tls }}
  # The leader fills it, or cert-manager; until then the pod waits.
  - name: tls
    secret:
      secretName: {{ include "self-scaling.tlsSecret" $ }}
      optional: true
      defaultMode: 0440
      items:
        - { key: tls.crt, path: adapter.crt }
        - { key: tls.key, path: adapter.key }
        - { key: ca.crt, path: ca.crt }
  {{- end }}
  {{- range $name, $secret := $authorities }}
  - name: {{ $name }}
    secret:
      secretName: {{ $secret }}
      items:
        - { key: ca.crt, path: ca.crt }
  {{- end }}
{{- end -}}
