{{/* All pods of this release, as a peer. */}}
{{- define "parley.releasePods" -}}
podSelector:
  matchLabels:
    app.kubernetes.io/name: {{ include "parley.name" . }}
    app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "parley.metricsRule" -}}
- ports:
    - port: http-metrics
  {{- with .Values.networkPolicy.metricsFrom }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
