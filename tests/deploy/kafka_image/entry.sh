# As apache/kafka does: each KAFKA_… is a setting; `.` is written `_`, `_` is `__`, and `-` is `___`.
set -euo pipefail

settings=/opt/kafka/config/server.properties
while IFS='=' read -r -d '' name value; do
  [[ $name == KAFKA_* && $name != KAFKA_HEAP_OPTS && $name != KAFKA_OPTS ]] || continue
  name=${name#KAFKA_}
  name=${name//___/-}
  name=${name//__/+}
  name=${name//_/.}
  name=${name//+/_}
  printf '%s=%s\n' "${name,,}" "$value"
done < <(env -0) > "$settings"

kafka() { exec java "$@" -cp '/opt/kafka/libs/*' "${program[@]}"; }

program=(kafka.tools.StorageTool format --ignore-formatted --cluster-id "$CLUSTER_ID" --config "$settings")
(kafka)
program=(kafka.Kafka "$settings")
# shellcheck disable=SC2086  # Options are words.
kafka ${KAFKA_HEAP_OPTS:--Xmx1g} ${KAFKA_OPTS:-}
