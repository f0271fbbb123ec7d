{{- define "parley.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What names of objects begin with. 40 characters leave room for what follows. */}}
{{- define "parley.fullname" -}}
{{- $name := include "parley.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "parley.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "parley.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* What selects pods, and never changes. Takes (list $ COMPONENT), as the next two do. */}}
{{- define "parley.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "parley.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "parley.podLabels" -}}
{{- $root := index . 0 -}}
{{ include "parley.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: parley
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/created-by: helm
{{- end -}}

{{- define "parley.labels" -}}
{{ include "parley.podLabels" . }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Takes (list $ SUFFIX), or (list $ SUFFIX COMPONENT) where they differ. */}}
{{- define "parley.meta" -}}
{{- $root := index . 0 -}}
name: {{ include "parley.fullname" $root }}-{{ index . 1 }}
labels:
  {{- include "parley.labels" (list $root (last .)) | nindent 2 }}
{{- end -}}

{{/* An image's name. Takes (list IMAGE DEFAULT_TAG). */}}
{{- define "parley.image" -}}
{{- $image := index . 0 -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default (index . 1) }}
{{- end -}}
{{- end -}}

{{- define "parley.brokers" -}}
{{- if .Values.kafka.embedded.enabled -}}
{{ include "parley.fullname" . }}-kafka:9092
{{- else -}}
{{ .Values.kafka.bootstrapServers }}
{{- end -}}
{{- end -}}

{{- define "parley.presenceAddress" -}}
{{ include "parley.fullname" . }}-presence:50061
{{- end -}}

{{/* Refuses values that make no sense together. */}}
{{- define "parley.check" -}}
{{- $gateway := .Values.gateway -}}
{{- $drain := $gateway.drain -}}
{{- $needed := add $drain.announceSeconds $drain.windowSeconds $drain.lingerSeconds $drain.flushSeconds 10 -}}
{{- if lt (int $gateway.terminationGracePeriodSeconds) (int $needed) -}}
{{- fail (printf "gateway.terminationGracePeriodSeconds is %d: a drain of %d s needs %d at least (announce, window, linger, flush, and 10); raise it or shorten gateway.drain" (int $gateway.terminationGracePeriodSeconds) (sub $needed 10) $needed) -}}
{{- end -}}
{{- range $component := list "gateway" "router" "presence" -}}
{{- $of := get $.Values $component -}}
{{- if and (has (toString $of.maxSurge) (list "0" "0%")) (has (toString $of.maxUnavailable) (list "0" "0%")) -}}
{{- fail (printf "%s.maxSurge and %s.maxUnavailable are both 0: no rollout could take a step; set one of them to 1" $component $component) -}}
{{- end -}}
{{- end -}}
{{- $kafka := .Values.kafka -}}
{{- if and (not $kafka.embedded.enabled) (not $kafka.bootstrapServers) -}}
{{- fail "kafka.bootstrapServers is empty: name your brokers, or set kafka.embedded.enabled=true to try Parley without any" -}}
{{- end -}}
{{- if and $kafka.embedded.enabled (or $kafka.tls.enabled $kafka.sasl.enabled) -}}
{{- fail "kafka.embedded has neither TLS nor logins: switch kafka.tls and kafka.sasl off, or name your own brokers" -}}
{{- end -}}
{{- if and $kafka.sasl.enabled (not (and $kafka.sasl.username $kafka.sasl.existingSecret)) -}}
{{- fail "kafka.sasl needs a username and an existingSecret with the password" -}}
{{- end -}}
{{- $autoscaling := $gateway.autoscaling -}}
{{- if and $autoscaling.enabled (gt (int $autoscaling.minReplicas) (int $autoscaling.maxReplicas)) -}}
{{- fail "gateway.autoscaling.minReplicas is greater than maxReplicas" -}}
{{- end -}}
{{- if and .Values.grpcRoute.enabled (not .Values.grpcRoute.parentRefs) -}}
{{- fail "grpcRoute.parentRefs is empty: name the Gateway that the route belongs to" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- fail "ingress.hosts is empty: name a host" -}}
{{- end -}}
{{- end -}}
