{{/* Configuration files, in the form of docs/configuration.md. */}}

{{/* One option. Numbers come as floating point, and would be written 1e+06. */}}
{{- define "parley.option" -}}
{{- $value := index . 1 -}}
{{- if kindIs "float64" $value -}}
{{- $value = int64 $value -}}
{{- end -}}
{{ index . 0 }} = {{ $value | toString | quote }}
{{- end -}}

{{- define "parley.kafkaConf" -}}
{{- $kafka := .Values.kafka -}}
{{- $properties := dict -}}
{{- if and $kafka.tls.enabled $kafka.sasl.enabled -}}
{{- $_ := set $properties "security.protocol" "sasl_ssl" -}}
{{- else if $kafka.tls.enabled -}}
{{- $_ := set $properties "security.protocol" "ssl" -}}
{{- else if $kafka.sasl.enabled -}}
{{- $_ := set $properties "security.protocol" "sasl_plaintext" -}}
{{- end -}}
{{- if $kafka.sasl.enabled -}}
{{- $_ := set $properties "sasl.mechanism" $kafka.sasl.mechanism -}}
{{- $_ := set $properties "sasl.username" $kafka.sasl.username -}}
{{- end -}}
{{- if and $kafka.tls.enabled $kafka.tls.ca.existingSecret -}}
{{- $_ := set $properties "ssl.ca.location" "/etc/parley/kafka-ca/ca.crt" -}}
{{- end -}}
{{- if and $kafka.tls.enabled $kafka.tls.client.existingSecret -}}
{{- $_ := set $properties "ssl.certificate.location" "/etc/parley/kafka-client/tls.crt" -}}
{{- $_ := set $properties "ssl.key.location" "/etc/parley/kafka-client/tls.key" -}}
{{- end -}}
{{ include "parley.option" (list "kafka-brokers" (include "parley.brokers" .)) }}
{{- range $key, $value := merge (deepCopy $kafka.properties) $properties }}
{{ include "parley.option" (list (printf "kafka-property.%s" $key) $value) }}
{{- end -}}
{{- end -}}

{{- define "parley.commonConf" -}}
{{ include "parley.option" (list "log-level" .Values.log.level) }}
log-format = json
{{ include "parley.kafkaConf" . }}
{{- end -}}

{{- define "parley.gatewayConf" -}}
{{- $drain := .Values.gateway.drain -}}
{{ include "parley.commonConf" . }}
{{ include "parley.option" (list "presence" (include "parley.presenceAddress" .)) }}
drain-announce = {{ $drain.announceSeconds }}s
drain-window = {{ $drain.windowSeconds }}s
drain-linger = {{ $drain.lingerSeconds }}s
drain-flush = {{ $drain.flushSeconds }}s
{{- range $name, $value := .Values.gateway.config }}
{{ include "parley.option" (list $name $value) }}
{{- end }}
{{ end -}}

{{- define "parley.routerConf" -}}
{{ include "parley.commonConf" . }}
{{ include "parley.option" (list "presence" (include "parley.presenceAddress" .)) }}
{{- range $name, $value := .Values.router.config }}
{{ include "parley.option" (list $name $value) }}
{{- end }}
{{ end -}}

{{- define "parley.presenceConf" -}}
{{ include "parley.commonConf" . }}
{{- range $name, $value := .Values.presence.config }}
{{ include "parley.option" (list $name $value) }}
{{- end }}
{{ end -}}
