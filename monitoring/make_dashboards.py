#!/usr/bin/env python3
"""Writes Grafana's dashboards, which are too long to write by hand, to helm/parley/files/dashboards.

Usage: make_dashboards.py [FOLDER]
"""
import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "helm" / "parley" / "files" / "dashboards"
WIDTH, HEIGHT, PANELS_A_ROW = 8, 7, 3
OF = '{namespace=~"$namespace"}'  # Of the installation that is chosen above the panels.


def of(labels):
    return f'{{namespace=~"$namespace", {labels}}}'


def rate(metric, by="", labels=""):
    group = f"sum by ({by}) " if by else "sum"
    return f"{group}(rate({metric}{of(labels) if labels else OF}[$__rate_interval]))"


def quantile(q, metric, by="le"):
    return f"histogram_quantile({q}, sum by ({by}) (rate({metric}_bucket{OF}[$__rate_interval])))"


def quantiles(metric):
    return [(quantile(q, metric), name) for q, name in ((0.5, "p50"), (0.99, "p99"), (0.999, "p99.9"))]


def of_component(component):
    return of(f'job="parley", component="{component}"')


def up(component):
    return f"sum(up{of_component(component)})"


def process_panels(component):
    mine = of_component(component)
    return [
        ("CPU, cores", "short", [(f"rate(process_cpu_seconds_total{mine}[$__rate_interval])", "{{instance}}")]),
        ("Resident memory", "bytes", [(f"process_resident_memory_bytes{mine}", "{{instance}}")]),
        ("Open descriptors", "short", [(f"process_open_fds{mine}", "{{instance}}")]),
    ]


# Of each: title, unit, queries with their legends.
OVERVIEW = [
    ("Processes that answer", "short", [(up("gateway"), "gateways"), (up("router"), "routers"),
                                        (up("presence"), "presence")]),
    ("Sessions", "short", [(f"sum by (instance) (parley_gateway_sessions{OF})", "{{instance}}")]),
    ("Publishes by result", "ops", [(rate("parley_gateway_publishes_total", "result"), "{{result}}")]),
    ("Publishes that failed", "percentunit", [
        ("sum(parley:publishes_failed:rate5m%s) / (sum(parley:publishes:rate5m%s) > 0)" % (OF, OF), "failed"),
        ("vector(0.001)", "objective")]),
    ("Deliveries", "ops", [(rate("parley_gateway_deliveries_total", "transport"), "{{transport}}")]),
    ("Delivery latency", "s", quantiles("parley_gateway_delivery_latency_seconds")),
    ("Publish to Kafka's ack", "s", quantiles("parley_gateway_publish_duration_seconds")),
    ("Deliveries over 250 ms", "percentunit", [
        ("sum(parley:deliveries_over_250ms:rate5m%s) / (sum(parley:deliveries:rate5m%s) > 0)" % (OF, OF), "late"),
        ("vector(0.01)", "objective")]),
    ("Connects and refusals", "ops", [(rate("parley_gateway_sessions_opened_total"), "opened"),
                                      (rate("parley_gateway_sessions_refused_total", "reason"), "{{reason}}")]),
    ("Lag of routers", "short", [(f"sum by (instance) (parley_router_consumer_lag_records{OF})", "{{instance}}")]),
    ("Brokers with a connection", "short", [
        (f"min by (component, client) (parley_kafka_client_brokers_up{OF})", "{{component}} {{client}}")]),
    ("Probe: through one gateway, out of another", "s", quantiles("parley_probe_delivery_duration_seconds")),
    ("Probe: messages", "ops", [(rate("parley_probe_messages_total", "result"), "{{result}}")]),
    ("Versions", "short", [(f"count by (component, version) (parley_build_info{OF})", "{{component}} {{version}}")]),
]

GATEWAY = [
    ("Sessions", "short", [(f"sum by (instance) (parley_gateway_sessions{OF})", "{{instance}}")]),
    ("Sessions, of what fits", "percentunit", [
        (f"sum by (instance) (parley_gateway_sessions{OF}) / sum by (instance) (parley_gateway_sessions_max{OF})",
         "{{instance}}")]),
    ("Sessions opened", "ops", [(rate("parley_gateway_sessions_opened_total", "instance"), "{{instance}}")]),
    ("Sessions closed by reason", "ops", [(rate("parley_gateway_sessions_closed_total", "reason"), "{{reason}}")]),
    ("Session duration", "s", [(quantile(0.5, "parley_gateway_session_duration_seconds"), "p50")]),
    ("Sessions refused", "ops", [(rate("parley_gateway_sessions_refused_total", "reason"), "{{reason}}")]),
    ("Draining", "short", [(f"parley_gateway_draining{OF}", "{{instance}}"),
                           (f"parley_gateway_drain_sessions_forced_total{OF}", "{{instance}} forced")]),
    ("Publishes by result", "ops", [(rate("parley_gateway_publishes_total", "result"), "{{result}}")]),
    ("Publish to Kafka's ack, p99", "s", [
        (quantile(0.99, "parley_gateway_publish_duration_seconds", "le, instance"), "{{instance}}")]),
    ("Delivery latency, p99", "s", [
        (quantile(0.99, "parley_gateway_delivery_latency_seconds", "le, instance"), "{{instance}}")]),
    ("Deliveries", "ops", [(rate("parley_gateway_deliveries_total", "instance"), "{{instance}}")]),
    ("Bytes to clients", "Bps", [(rate("parley_gateway_delivered_bytes_total", "instance"), "{{instance}}")]),
    ("Deliveries in one write", "short", [
        (rate("parley_gateway_deliveries_total", "instance") + " / (" +
         rate("parley_gateway_writes_total", "instance") + " > 0)", "{{instance}}")]),
    ("Waits in outboxes", "bytes", [(f"parley_gateway_outbox_bytes{OF}", "{{instance}}")]),
    ("Requests over a limit of a session", "ops", [(rate("parley_gateway_session_limits_total", "limit"), "{{limit}}")]),
    ("Resumes", "ops", [(rate("parley_gateway_resumes_total", "result"), "{{result}}")]),
    ("Links to routers", "short", [(f"parley_gateway_links{OF}", "{{instance}}")]),
    ("Partitions asked of another router", "ops", [
        (rate("parley_gateway_serves_moved_total", "instance"), "{{instance}}"),
        (rate("parley_gateway_serves_unanswered_total", "instance"), "{{instance}} unanswered")]),
    ("Gaps seen", "ops", [(rate("parley_gateway_gaps_seen_total", "cause"), "{{cause}}")]),
    ("Channels with members", "short", [(f"parley_gateway_channels{OF}", "{{instance}}"),
                                        (f"parley_gateway_attached_channels{OF}", "{{instance}} attached")]),
    ("Pages of stored messages", "ops", [(rate("parley_gateway_pages_total", "source"), "{{source}}")]),
    ("Presence", "short", [(f"parley_gateway_presence_connected{OF}", "{{instance}} connected"),
                           (f"parley_gateway_announcements_pending{OF}", "{{instance}} not told")]),
    ("gRPC calls by status", "ops", [
        (rate("grpc_server_handled_total", "grpc_code", 'component="gateway"'), "{{grpc_code}}")]),
    ("Unary calls, p99", "s", [(quantile(0.99, "grpc_server_handling_seconds", "le, grpc_method"), "{{grpc_method}}")]),
    ("Records that wait for Kafka", "short", [
        (f"parley_kafka_client_queue_messages{of_component('gateway')}", "{{instance}}")]),
] + process_panels("gateway")

ROUTER = [
    ("Records read", "ops", [(rate("parley_router_records_total", "instance"), "{{instance}}")]),
    ("Age of records on arrival", "s", quantiles("parley_router_record_age_seconds")),
    ("Lag", "short", [(f"sum by (instance) (parley_router_consumer_lag_records{OF})", "{{instance}}")]),
    ("Records to links", "ops", [(rate("parley_router_deliveries_total", "result"), "from {{result}}")]),
    ("Links", "short", [(f"parley_router_links{OF}", "{{instance}}")]),
    ("Partitions", "short", [(f"parley_router_partitions_owned{OF}", "{{instance}} owned"),
                             (f"parley_router_partitions_adopted{OF}", "{{instance}} adopted")]),
    ("Rebalances", "ops", [(rate("parley_router_rebalances_total", "event"), "{{event}}")]),
    ("Memory of tails", "bytes", [(f"parley_router_tail_bytes{OF}", "{{instance}}")]),
    ("Reads of stored messages", "ops", [(rate("parley_router_reads_total"), "all"),
                                         (rate("parley_router_reads_busy_total"), "busy"),
                                         (rate("parley_router_history_failures_total"), "Kafka did not answer")]),
    ("Duplicates and look-backs", "ops", [(rate("parley_router_duplicates_total"), "duplicates"),
                                          (rate("parley_router_look_backs_total"), "look-backs"),
                                          (rate("parley_router_look_backs_given_up_total"), "given up")]),
    ("Dead letters, forwarded, skipped", "ops", [
        (rate("parley_router_dead_letters_total", "reason"), "{{reason}}"),
        (rate("parley_router_forwarded_total"), "forwarded"),
        (rate("parley_router_tombstones_total"), "tombstones")]),
    ("Kafka round trip", "s", [
        (f"parley_kafka_client_round_trip_seconds{of_component('router')}", "{{instance}} {{client}}")]),
] + process_panels("router")

PRESENCE = [
    ("Gateways", "short", [(f"parley_presence_servers{OF}", "{{instance}}"),
                           (f"parley_presence_servers_held_back{OF}", "{{instance}} held back")]),
    ("Sessions and users", "short", [(f"max(parley_presence_sessions{OF})", "sessions"),
                                     (f"max(parley_presence_users{OF})", "users")]),
    ("Channels with members", "short", [(f"max(parley_presence_channels{OF})", "channels")]),
    ("Follows its log", "short", [(f"parley_presence_following{OF}", "{{instance}}")]),
    ("Events", "ops", [(rate("parley_presence_events_total", "type"), "{{type}}")]),
    ("Events ignored, holes", "ops", [(rate("parley_presence_events_ignored_total", "reason"), "{{reason}}"),
                                      (rate("parley_presence_revision_holes_total"), "holes")]),
    ("Gateways dropped", "ops", [(rate("parley_presence_servers_dropped_total", "reason"), "{{reason}}")]),
    ("Watchers", "short", [(f"sum by (of) (parley_presence_watchers{OF})", "of {{of}}")]),
    ("Watchers cut off", "ops", [(rate("parley_presence_watchers_cut_off_total"), "cut off")]),
] + process_panels("presence")

DASHBOARDS = {"overview": OVERVIEW, "gateway": GATEWAY, "router": ROUTER, "presence": PRESENCE}
SOURCE = {"type": "prometheus", "uid": "${source}"}


def panel(number, title, unit, queries):
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": title,
        "datasource": SOURCE,
        "gridPos": {"x": number % PANELS_A_ROW * WIDTH, "y": number // PANELS_A_ROW * HEIGHT,
                    "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [{"refId": chr(ord("A") + i), "datasource": SOURCE, "expr": expression, "legendFormat": legend}
                    for i, (expression, legend) in enumerate(queries)],
    }


def dashboard(name, panels):
    return {
        "uid": f"parley-{name}",
        "title": f"Parley: {name}",
        "tags": ["parley"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [
            {"name": "source", "label": "Source", "type": "datasource", "query": "prometheus"},
            {"name": "namespace", "label": "Namespace", "type": "query", "datasource": SOURCE,
             "query": "label_values(parley_build_info, namespace)", "refresh": 2,
             "includeAll": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"}},
        ]},
        "links": [{"type": "dashboards", "title": "Parley", "tags": ["parley"], "asDropdown": True}],
        "panels": [panel(number, *content) for number, content in enumerate(panels)],
    }


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, panels in DASHBOARDS.items():
        (folder / f"{name}.json").write_text(json.dumps(dashboard(name, panels), indent=1) + "\n")


if __name__ == "__main__":
    main()
