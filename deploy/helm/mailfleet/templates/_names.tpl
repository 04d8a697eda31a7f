{{/* Labels that select pods: they may never change. Takes a dict of root and component. */}}
{{- define "mailfleet.selector" -}}
app.kubernetes.io/name: mailfleet
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "mailfleet.labels" -}}
{{ include "mailfleet.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "mailfleet.image" -}}
{{- with .root.Values.image.registry }}{{ . | trimSuffix "/" }}/{{ end -}}
mailfleet-{{ .image }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{/* What every pod has: an ordinary user, no rights, no token of the cluster. */}}
{{- define "mailfleet.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "mailfleet.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* The listener of metrics. Takes a dict of root and port. */}}
{{- define "mailfleet.metricsPort" -}}
{{- if .root.Values.metrics.tokenSecretName }}
- { name: metrics, containerPort: {{ .port }} }
{{- end }}
{{- end }}

{{- define "mailfleet.metricsEnv" -}}
{{- with .root.Values.metrics.tokenSecretName }}
- { name: MAILFLEET_METRICS_HOST, value: 0.0.0.0 }
- { name: MAILFLEET_METRICS_PORT, value: {{ $.port | quote }} }
- name: MAILFLEET_METRICS_TOKEN
  valueFrom: { secretKeyRef: { name: {{ . }}, key: token } }
{{- end }}
{{- end }}

{{- define "mailfleet.env" -}}
{{- range $name, $value := . }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}
