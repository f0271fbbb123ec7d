"""What is done to the installation, one thing after the other, and what must be seen of it."""
import contextlib
import signal
import time

import grpc

import tools
import workshop
from crowd import Crowd
from deeds import Deeds
from installation import READY_SECONDS
from load import Load
from pages import UNCHANGING, judge
from panels import answers
from prometheus import AlertWatch, Prometheus
from scaled_rules import scaled, seconds
from stage import LIMITS, SMALL_SESSIONS_MAX, Stage
from waiting import wait_until

# Longer than every `for` and every window that ends an alert, but for those of the budgets and of the drain.
IDLE_SECONDS = seconds("15m")
LOAD_MESSAGES = 10_000
FIRE_SECONDS = 90
OVER_SECONDS = 120
STALL_SECONDS = 7
# Burn slowly: they look at six hours and at three days, and are meant to last.
SLOW = {"ParleyPublishesFailSlowly", "ParleyDeliveriesSlowSlowly"}
# Looks an hour back.
DRAINED = {"ParleyDrainForced"}


class Scenario:
    def __init__(self, programs, folder):
        self.passed = 0
        self.failed = []
        self.told = {"faults": []}
        self._ended = contextlib.ExitStack()
        self._folder = folder
        self.stage = Stage(programs, folder)
        self._ended.callback(self.stage.close)

    def close(self):
        self._ended.close()

    def ok(self, what):
        self.passed += 1
        print(f"ok  {what}", flush=True)

    def mark(self, what):
        self.told["faults"].append((time.time(), what))
        print(f"    {what}", flush=True)
        return time.monotonic()

    def play(self):
        self.stage.raise_curtain()
        self.start_prometheus()
        self.part(self.nothing_is_wrong_at_rest)
        self.load = Load([gateway.address for gateway in self.stage.gateways])
        self._ended.callback(self.load.close)
        for part in (self.everything_is_done_once, self.drain_is_seen, self.slow_reader_is_seen,
                     self.killed_gateway_is_seen, self.frozen_processes_are_borne, self.stopped_kafka_is_seen,
                     self.nothing_is_left, self.rules_had_no_errors, self.every_metric_changed,
                     self.every_panel_shows_something):
            self.part(part)

    def part(self, play):
        """What fails does not keep the rest from being seen."""
        try:
            play()
        except (AssertionError, grpc.RpcError) as error:
            self.failed.append(str(error))
            print(f"FAILED: {error}", flush=True)

    def start_prometheus(self):
        rules = self._folder / "rules.yaml"
        rules.write_text(scaled(tools.RULES.read_text()))
        checked = tools.call("promtool", "check", "rules", rules)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        self.prometheus = Prometheus(workshop.PROGRAMS / "prometheus", self._folder, self.stage.targets(), rules)
        self._ended.callback(self.prometheus.close)
        self.told["began"] = self.prometheus.began
        self.prometheus.await_targets()
        self.watch = AlertWatch(self.prometheus)
        self._ended.callback(self.watch.close)
        self.ok(f"Prometheus scrapes {len(self.stage.targets())} processes")

    def nothing_is_wrong_at_rest(self):
        begun = self.mark("rest")
        time.sleep(IDLE_SECONDS)  # Nothing to wait for: it is the silence that is watched.
        assert not (noise := self.watch.since(begun)), f"at rest there were {noise}"
        self.ok(f"at rest no alert is pending or firing for {IDLE_SECONDS:.0f} s, 15 min of the rules' time")

    def everything_is_done_once(self):
        self.mark("load")
        first = self.stage.gateways[0]
        self.deeds = Deeds(first.address, self.stage.brokers, tuple(LIMITS.values()))
        self._ended.callback(self.deeds.close)
        self.deeds.do_all()
        with contextlib.closing(Crowd()) as crowd:
            guests = crowd.enter(first.address, SMALL_SESSIONS_MAX + 1, connections=2)
            assert any(guest.error == "ERROR_FULL" for guest in guests), "a full gateway took everybody in"
        wanted = self.load.delivered + LOAD_MESSAGES
        wait_until(f"{LOAD_MESSAGES} messages are delivered", OVER_SECONDS, lambda: self.load.delivered >= wanted)
        self.watch.await_over(OVER_SECONDS, besides=SLOW)
        self.ok(f"under load {self.load.delivered} messages were delivered")

    def fires(self, what, must, begun, allowed=(), besides=()):
        """Waits until the alerts have fired that must; returns what waits until they are over, and nothing else was."""
        wait_until(f"{what}: {sorted(must)} fire", FIRE_SECONDS,
                   lambda: must <= self.watch.since(begun, states=("firing",)))
        self.ok(f"{what}: {', '.join(sorted(must))} fires")
        return lambda: self._is_over(what, must, begun, set(allowed) | SLOW, set(besides) | SLOW)

    def _is_over(self, what, must, begun, allowed, besides):
        took = self.watch.await_over(OVER_SECONDS, besides)
        fired = self.watch.since(begun, states=("firing",))
        assert not (noise := fired - must - allowed - DRAINED), f"{what}: there were also {noise}"
        with_it = ", ".join(sorted(fired - must - DRAINED)) or "nothing else"
        self.ok(f"{what}: over after {took:.0f} s more; with it fired {with_it}")

    def drain_is_seen(self):
        begun = self.mark("a drain without time")
        gateway = self.stage.gateways[1]
        with contextlib.closing(Crowd()) as crowd:
            crowd.enter(gateway.address, 20, connections=2)
            gateway.send(signal.SIGTERM)
            try:
                over = self.fires("a drain that gives no time", DRAINED, begun, besides=DRAINED,
                                  allowed={"ParleyProcessDown", "ParleyReconnectStorm"})
            finally:
                code = gateway.exit_code(READY_SECONDS)
                gateway.restart()
        assert code == 0, f"the gateway that drained ended with {code}"
        gateway.await_ready(READY_SECONDS)
        over()

    def slow_reader_is_seen(self):
        begun = self.mark("a slow reader")
        first = self.stage.gateways[0]
        cut_off = 'parley_gateway_sessions_closed_total{reason="slow_reader"}'
        self.deeds.does_not_read(lambda: first.metric(cut_off) > 0)
        self.fires("a slow reader", {"ParleySlowReaders"}, begun, besides=DRAINED)()

    def killed_gateway_is_seen(self):
        begun = self.mark("a gateway is killed")
        gateway = self.stage.gateways[2]
        gateway.kill()
        try:
            over = self.fires("a killed gateway", {"ParleyProcessDown", "ParleyServerDropped"}, begun, besides=DRAINED,
                              allowed={"ParleyProbeFails", "ParleyReconnectStorm"})
        finally:
            self.mark("it is back")
            gateway.restart()
        gateway.await_ready(READY_SECONDS)
        over()

    def frozen_processes_are_borne(self):
        """A gateway stands still, then all routers do; one of these is killed."""
        begun = self.mark("processes stand still")
        gateway, killed = self.stage.gateways[1], self.stage.routers[1]
        with self.frozen([gateway]):
            time.sleep(STALL_SECONDS)  # How long it stands still is the fault itself.
        with self.frozen(self.stage.routers):
            self.deeds.joins_in_vain()
        killed.kill()
        killed.restart()
        killed.await_ready(READY_SECONDS)
        self.deeds.retries("said-twice")
        self.fires("a gateway that stood still", {"ParleyGatewayStoodStill"}, begun, besides=DRAINED,
                   allowed={"ParleyProcessDown", "ParleyProbeFails", "ParleyDeliveriesSlow", "ParleyServerDropped",
                            "ParleyPublishesFail", "ParleyPartitionWithoutOwner", "ParleyReconnectStorm"})()

    @contextlib.contextmanager
    def frozen(self, services):
        for service in services:
            service.send(signal.SIGSTOP)
        try:
            yield
        finally:
            for service in services:
                service.send(signal.SIGCONT)

    def stopped_kafka_is_seen(self):
        begun = self.mark("Kafka is stopped")
        self.stage.cluster.node(1).kill()
        self.deeds.reads("long-ago")
        try:
            over = self.fires("Kafka stopped", {"ParleyBrokerUnreachable", "ParleyPublishesFail", "ParleyProbeFails"},
                              begun, besides=DRAINED,
                              allowed={"ParleyPresenceNotFollowing", "ParleyDeliveriesSlow", "ParleyGatewaySaturated",
                                       "ParleyGatewayWithoutPresence"})
        finally:
            self.mark("it is back")
            self.stage.cluster.start(1)
        delivered = self.load.delivered
        wait_until("messages are delivered again", OVER_SECONDS, lambda: self.load.delivered > delivered + 100)
        over()

    def nothing_is_left(self):
        self.watch.await_over(seconds("1h") + OVER_SECONDS, besides=SLOW)
        self.ok("in the end no alert is left, but for those of days: " + ", ".join(sorted(SLOW)))

    def rules_had_no_errors(self):
        assert not (errors := self.prometheus.rule_errors()), errors
        assert self.prometheus.failed_evaluations() == 0, "a rule could not be evaluated now and then"
        self.ok("every rule is evaluated without an error")

    def every_metric_changed(self):
        missing, still = judge(self.prometheus)
        assert not missing, f"documented, and not seen: {sorted(missing)}; never changed: {sorted(still)}"
        assert not (unexpected := still - set(UNCHANGING)), f"never changed: {sorted(unexpected)}"
        self.ok(f"every documented metric is there and changes, but for {len(still)} that cannot in such a run")

    def every_panel_shows_something(self):
        self.told["ended"] = time.time()
        self.told["dashboards"], empty = answers(self.prometheus)
        assert not empty, "panels without an answer:\n  " + "\n  ".join(empty)
        count = sum(len(panels) for panels in self.told["dashboards"].values())
        self.ok(f"each query of {count} panels has an answer")
