"""A Prometheus of its own, with the shipped rules, and what it can be asked."""
import json
import math
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import ports
from installation import value_in
from waiting import wait_until

START_SECONDS = 30
ANSWER_SECONDS = 30
LABELS = {"job": "parley", "namespace": "test"}


class Prometheus:
    def __init__(self, program, folder, targets, rules):
        """`targets`: address, component and name of each process."""
        self.url = f"http://127.0.0.1:{ports.free_ports(1)[0]}"
        self.log = folder / "prometheus.log"
        config = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(rules)],
            "scrape_configs": [{"job_name": "parley", "static_configs": [
                {"targets": [address], "labels": LABELS | {"component": component, "instance": name}}
                for address, component, name in targets]}],
        }
        file = folder / "prometheus.yml"
        file.write_text(json.dumps(config))  # JSON is YAML.
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                [program, f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}",
                 f"--web.listen-address={self.url.removeprefix('http://')}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.began = time.time()

    def close(self):
        self._process.terminate()
        self._process.wait()

    def await_targets(self):
        wait_until(f"every target is scraped; see {self.log}", START_SECONDS, self._all_are_up)

    def _all_are_up(self):
        try:
            active = self.ask("targets", state="active")["activeTargets"]
        except (OSError, AssertionError):
            return False  # It is starting.
        return active and all(target["health"] == "up" for target in active)

    def ask(self, what, **parameters):
        url = f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None

    def samples(self, selector):
        """Every sample of each series that the selector means, since the start, as (labels, [(time, value)…])."""
        span = math.ceil(time.time() - self.began) + 1
        return self._series(self.ask("query", query=f"{selector}[{span}s]"))

    def over_time(self, expression, step):
        return self._series(self.ask("query_range", query=expression, start=self.began, end=time.time(), step=step))

    def rule_errors(self):
        """What rules failed with, by name."""
        rules = [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]
        assert rules, "no rule was loaded"
        return {rule["name"]: rule.get("lastError", rule["health"]) for rule in rules if rule["health"] != "ok"}

    def failed_evaluations(self):
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=ANSWER_SECONDS) as answer:
            return value_in(answer.read().decode(), "prometheus_rule_evaluation_failures_total")

    def alerts(self):
        return [(alert["labels"]["alertname"], alert["state"]) for alert in self.ask("alerts")["alerts"]]

    def _series(self, data):
        return [(series["metric"], [(moment, float(value)) for moment, value in series["values"]])
                for series in data["result"]]


class AlertWatch(threading.Thread):
    """Writes down which alerts are pending or firing, each second."""

    def __init__(self, prometheus):
        super().__init__(daemon=True)
        self._prometheus = prometheus
        self._over = threading.Event()
        self._changed = threading.Condition()
        self._seen = []  # (time, {name: state}); guarded by _changed.
        self.trouble = None
        self.start()

    def run(self):
        while not self._over.wait(1):
            try:
                alerts = self._prometheus.alerts()
            except (OSError, AssertionError) as error:
                self.trouble = error
                return
            now = {}
            for name, state in sorted(alerts):
                now[name] = "firing" if "firing" in (now.get(name), state) else state
            with self._changed:
                self._seen.append((time.monotonic(), now))
                self._changed.notify_all()

    def close(self):
        self._over.set()
        self.join()

    def await_over(self, seconds, besides=()):
        """Waits until no alert fires or is about to, apart from some. Returns how long that took."""
        begun = time.monotonic()
        with self._changed:
            while not self._seen or self._seen[-1][0] < begun or set(self._seen[-1][1]) - set(besides):
                left = begun + seconds - time.monotonic()
                if left <= 0 or self.trouble:
                    there = self.trouble or [now for _, now in self._seen[-1:]]
                    raise AssertionError(f"not within {seconds} s: no alert is left; there is {there}")
                self._changed.wait(left)
        return time.monotonic() - begun

    def since(self, moment, states=("pending", "firing")):
        with self._changed:
            return {name for at, now in self._seen if at >= moment for name, state in now.items() if state in states}
