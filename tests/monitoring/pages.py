"""What docs/metrics.md documents, and which of it a Prometheus has seen to change."""
from metric_names import documented

# Documented, and the same all the time in this run. Reviewed: each has a reason why it cannot be otherwise.
UNCHANGING = {
    "parley_build_info": "is 1",
    "process_max_fds": "is a limit of the machine",
    "parley_gateway_sessions_max": "is a limit that is set",
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
