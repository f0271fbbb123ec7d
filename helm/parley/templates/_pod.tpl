{{/* What all pods of Parley's own programs share. */}}

{{/* Takes $. Kubernetes would set PARLEY_…_PORT for each service of this release, which our programs would take for
options that are mistyped: hence no service links. */}}
{{- define "parley.podSpec" -}}
serviceAccountName: {{ include "parley.serviceAccountName" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "parley.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{- define "parley.containerImage" -}}
image: {{ include "parley.image" (list .Values.image .Chart.AppVersion) }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end -}}

{{- define "parley.kafkaSecretEnv" -}}
{{- if .Values.kafka.sasl.enabled -}}
- name: PARLEY_KAFKA_PROPERTY_SASL_PASSWORD_FILE
  value: /etc/parley/kafka-login/password
{{- end -}}
{{- end -}}

{{- define "parley.mounts" -}}
{{- $kafka := .Values.kafka -}}
- name: config
  mountPath: /etc/parley/config
  readOnly: true
{{- if $kafka.sasl.enabled }}
- name: kafka-login
  mountPath: /etc/parley/kafka-login
  readOnly: true
{{- end }}
{{- if and $kafka.tls.enabled $kafka.tls.ca.existingSecret }}
- name: kafka-ca
  mountPath: /etc/parley/kafka-ca
  readOnly: true
{{- end }}
{{- if and $kafka.tls.enabled $kafka.tls.client.existingSecret }}
- name: kafka-client
  mountPath: /etc/parley/kafka-client
  readOnly: true
{{- end }}
{{- end -}}

{{- define "parley.volumes" -}}
{{- $kafka := .Values.kafka -}}
- name: config
  configMap:
    name: {{ include "parley.fullname" . }}-config
{{- if $kafka.sasl.enabled }}
- name: kafka-login
  secret:
    secretName: {{ $kafka.sasl.existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ $kafka.sasl.passwordKey }}
        path: password
{{- end }}
{{- if and $kafka.tls.enabled $kafka.tls.ca.existingSecret }}
- name: kafka-ca
  secret:
    secretName: {{ $kafka.tls.ca.existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ $kafka.tls.ca.key }}
        path: ca.crt
{{- end }}
{{- if and $kafka.tls.enabled $kafka.tls.client.existingSecret }}
- name: kafka-client
  secret:
    secretName: {{ $kafka.tls.client.existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ $kafka.tls.client.certificateKey }}
        path: tls.crt
      - key: {{ $kafka.tls.client.privateKeyKey }}
        path: tls.key
{{- end }}
{{- end -}}

{{/* Neither looks at Kafka or presence once the process is ready. */}}
{{- define "parley.probes" -}}
livenessProbe:
  httpGet:
    path: /healthz
    port: http-metrics
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet:
    path: /readyz
    port: http-metrics
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 3
{{- end -}}

{{/* Where pods go. Takes (list $ COMPONENT). */}}
{{- define "parley.placement" -}}
{{- $of := get (index . 0).Values (index . 1) -}}
{{- with $of.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $of.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $of.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $of.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
{{- with $of.topologySpreadConstraints }}
  {{- toYaml . | nindent 2 }}
{{- else }}
{{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ $key }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels:
        {{- include "parley.selector" $ | nindent 8 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A Deployment down to its containers. Takes (list $ COMPONENT CONFIGURATION). */}}
{{- define "parley.deploymentHead" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $of := get $root.Values $component -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "parley.meta" (list $root $component) | nindent 2 }}
spec:
  {{- if not (and (eq $component "gateway") $of.autoscaling.enabled) }}
  replicas: {{ $of.replicas }}
  {{- end }}
  minReadySeconds: {{ $of.minReadySeconds }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: {{ $of.maxSurge }}
      maxUnavailable: {{ $of.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "parley.selector" (list $root $component) | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "parley.podLabels" (list $root $component) | nindent 8 }}
        {{- with $of.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      annotations:
        kubectl.kubernetes.io/default-container: {{ $component }}
        checksum/config: {{ index . 2 | sha256sum }}
        {{- with $of.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "parley.podSpec" $root | nindent 6 }}
      terminationGracePeriodSeconds: {{ $of.terminationGracePeriodSeconds }}
      {{- include "parley.placement" (list $root $component) | trim | nindent 6 }}
{{- end -}}

{{/* Takes (list $ COMPONENT). */}}
{{- define "parley.disruptionBudget" -}}
{{- $root := index . 0 -}}
{{- $budget := (get $root.Values (index . 1)).podDisruptionBudget -}}
{{- if $budget.enabled -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "parley.meta" . | nindent 2 }}
spec:
  maxUnavailable: {{ $budget.maxUnavailable }}
  # A pod that is not ready serves nobody: it must not keep a node from being drained.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "parley.selector" . | nindent 6 }}
{{- end -}}
{{- end -}}
