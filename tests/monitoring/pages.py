"""What docs/metrics.md documents, and which of it a Prometheus has seen to change."""
from metric_names import documented

# Documented, and allowed not to change in such a run. Reviewed: each has its reason.
UNCHANGING = {
    # What is so by nature.
    "parley_build_info": "is always 1",
    "process_max_fds": "is a limit of the machine",
    "parley_gateway_sessions_max": "is a limit that is set",
    "parley_probe_gateways": "counts addresses, and these stay",
    "parley_gateway_announcements_pending": "passes within milliseconds while Kafka answers",
    "parley_kafka_client_send_errors": "needs a connection that breaks while something is written",
    # Sizes that only a machine of another size reaches.
    "parley_gateway_links_held_total": "needs more messages under way than --backlog-bytes",
    "parley_gateway_backlog_bytes": "is dealt with within milliseconds, and seldom seen",
    "parley_gateway_links_cut_total": "needs 16 MiB that wait for one router",
    "parley_gateway_announcements_forgotten_total": "needs 100,000 sessions gone while Kafka is away",
    "parley_router_links_cut_total": "needs a gateway that breaks the link's protocol, or does not read",
    "parley_router_readings_interrupted_total": "needs 16 MiB that wait behind one look-back",
    "parley_router_look_backs_given_up_total": "needs a look-back that reads nothing for 30 s",
    "parley_presence_watchers_cut_off_total": "needs a gateway that does not read its rosters",
    # Peers that speak another protocol than ours.
    "parley_gateway_links_refused_total": "needs a router of another version, or a thousand of them",
    "parley_router_frames_refused_total": "needs a gateway that says what makes no sense",
    # What would take the log away.
    "parley_router_losses_total": "needs retention that overtakes a reader",
    "parley_router_logs_recreated_total": "needs the topic deleted and made again",
    # Kafka's misbehaviour at the right moment.
    "parley_router_effects_repeated_total": "needs Kafka to refuse a dead letter",
    "parley_router_look_backs_total": "needs a repetition whose first copy is older than what a router has in memory",
    "parley_router_history_failures_total": "needs Kafka to stop within a read of the past",
    "parley_router_reads_busy_total": "the same",
    # What the ways of the link hide from a run without much luck.
    "parley_gateway_gaps_seen_total": "needs a router that leaves something out",
    "parley_gateway_stale_frames_total": "needs a frame under way while its partition moves",
    "parley_gateway_duplicates_dropped_total": "needs a router that dies at the right moment",
    "parley_presence_revision_holes_total": "needs changes of a gateway missing from the log",
    "parley_presence_servers_held_back": "needs more than a third of the gateways silent together",
}


def changes(series, began):
    """A value that was not always the same, or a series that was not there from the start."""
    appears = 15  # Seconds from the start within which all that is there from the start has been scraped.
    return any(len({value for _, value in samples}) > 1 or samples[0][0] > began + appears
               for _, samples in series)


def judge(prometheus):
    """Returns metrics that are missing, and those that never changed."""
    missing, still = set(), set()
    for metric in sorted(documented()):
        series = prometheus.samples(metric) or prometheus.samples(metric + "_count")
        if not series:
            missing.add(metric)
        elif not changes(series, prometheus.began):
            still.add(metric)
    return missing, still
