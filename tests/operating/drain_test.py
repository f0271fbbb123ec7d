"""A gateway with 1,000 sessions that is asked to end: what happens when, and who can see it."""
import signal
import statistics
import threading
import time

import grpc

from case import OperatingTest
from crowd import Crowd
from installation import READY_SECONDS, value_in

SESSIONS = 1000
CONNECTIONS = 20
SAMPLE_SECONDS = 0.25
END_SECONDS = 60


class Watch(threading.Thread):
    """Looks at a service's admin pages as an operator's tools would, until it answers no more."""

    def __init__(self, service, interval=SAMPLE_SECONDS):
        super().__init__(daemon=True)
        self.samples = []  # Of each: when it was asked for, what /readyz said, what /metrics showed.
        self._service, self._interval = service, interval
        self.start()

    def run(self):
        while True:
            asked = time.monotonic()
            ready, page = self._service.readiness(), self._service.page()
            if not page:
                return
            self.samples.append((asked, ready, page))
            time.sleep(self._interval)

    def first(self, is_so):
        """When it was seen first."""
        return next(sample[0] for sample in self.samples if is_so(*sample[1:]))

    def last(self, series):
        return value_in(self.samples[-1][2], series)


class DrainTest(OperatingTest):
    def setUp(self):
        self.crowd = Crowd()
        self.addCleanup(self.crowd.close)

    def gateway(self, name, announce, window, linger, flush):
        times = {"announce": announce, "window": window, "linger": linger, "flush": flush}
        service = self.start("gateway", name, *(f"--drain-{what}={int(1000 * seconds)}ms"
                                                for what, seconds in times.items()))
        service.await_ready(READY_SECONDS)
        return service

    def fill(self, gateway, polite):
        self.crowd.enter(gateway.address, SESSIONS, CONNECTIONS, polite)
        self.eventually(lambda: gateway.metric("parley_gateway_sessions") == SESSIONS, "all sessions being counted")

    def dropped(self):
        """Gateways that presence took for dead: one that drains tells that it goes."""
        presence = next(one for one in self.installation.services if one.kind == "presence")
        return presence.metric("parley_presence_servers_dropped_total")

    def test_the_timetable_is_kept(self):
        announce, window, linger = 4, 8, 3
        gateway = self.gateway("timely", announce, window, linger, flush=5)
        self.fill(gateway, polite=lambda number: number % 2 == 0)
        dropped = self.dropped()
        watch = Watch(gateway)
        begun = time.monotonic()
        gateway.send(signal.SIGTERM)

        # While it is announced whoever comes is still taken in.
        self.eventually(lambda: gateway.readiness() == (503, "draining\n"), "/readyz says that it drains")
        late, = self.crowd.enter(gateway.address, 1, 1, polite=lambda number: True)
        self.assertIsNotNone(late.welcomed, late.error)
        self.assertLess(late.welcomed - begun, announce)
        self.assertEqual(self.installation.run("health", f"--server={gateway.address}").returncode, 1)
        # Once they are asked to go nobody is.
        self.eventually(lambda: any(guest.asked for guest in self.crowd.guests), "sessions being asked to go")
        too_late, = self.crowd.enter(gateway.address, 1, 1)
        self.assertIsNone(too_late.welcomed)
        self.assertEqual(too_late.code, grpc.StatusCode.UNAVAILABLE)

        self.assertEqual(gateway.exit_code(END_SECONDS), 0)
        ended = time.monotonic()
        watch.join()
        guests = [guest for guest in self.crowd.guests if guest is not too_late]
        self.eventually(lambda: all(guest.ended for guest in guests), "all streams having ended")
        self.check_order(watch, guests, begun, announce)
        self.check_spread(guests, window)
        self.check_ends(guests, linger)
        self.check_metrics(watch, len(guests))
        self.assertLess(ended - begun, 1.5 * (announce + window + linger + 1), "the drain took too long")
        said = [event["msg"] for event in gateway.events("info")]
        self.assertEqual([msg for msg in said if msg in ("stopping", "draining", "drained", "stopped")],
                         ["stopping", "draining", "drained", "stopped"])
        self.assertEqual(self.dropped(), dropped)

    def check_order(self, watch, guests, begun, announce):
        first_asked = min(guest.asked for guest in guests)
        self.assertGreaterEqual(first_asked - begun, announce, "sessions were asked to go before it was announced")
        self.assertGreater(min(guest.ended for guest in guests), first_asked)
        self.assertLess(watch.first(lambda ready, page: ready[0] == 503), first_asked)
        self.assertLess(watch.first(lambda ready, page: value_in(page, "parley_gateway_draining") == 1), first_asked)
        not_ready = [ready[0] for _, ready, _ in watch.samples]
        self.assertNotIn(200, not_ready[not_ready.index(503):], "it was ready again while it drained")

    def check_spread(self, guests, window):
        """Asked at an even rate over the window, and not in the order of their arrival. A busy machine may be late."""
        asked = sorted(guest.asked for guest in guests)
        for share in (0.25, 0.5, 0.75, 1):
            took = asked[int(share * (len(asked) - 1))] - asked[0]
            self.assertGreater(took / window, share - 0.2)
            self.assertLess(took / window, share + 0.6)
        arrival = [guest.number for guest in sorted(guests, key=lambda guest: guest.asked)]
        self.assertLess(abs(statistics.correlation(range(len(arrival)), arrival)), 0.5)

    def check_ends(self, guests, linger):
        """Who goes when asked has gone by itself; who stays is sent away once it has had its time."""
        for guest in guests:
            stayed = guest.ended - guest.asked
            if guest.polite:
                self.assertEqual((guest.code, guest.error), (grpc.StatusCode.OK, None))
                self.assertLess(stayed, linger)
            else:
                self.assertEqual((guest.code, guest.error), (grpc.StatusCode.UNAVAILABLE, "ERROR_DRAINING"))
                self.assertGreater(stayed, 0.75 * linger)  # It may have been late to see that it was asked.
                self.assertLess(stayed, 3 * linger)

    def check_metrics(self, watch, guests):
        """What was shown all the while agrees with what the sessions saw, who may be late to see it."""
        for asked, _, page in watch.samples:
            shown = value_in(page, "parley_gateway_sessions")
            self.assertLessEqual(shown, self.crowd.open_at(asked) + 0.15 * SESSIONS)
            closed = value_in(page, "parley_gateway_sessions_closed_total")
            self.assertAlmostEqual(shown + closed, guests, delta=0.15 * SESSIONS)
        closed = watch.last("parley_gateway_sessions_closed_total")
        self.assertAlmostEqual(closed, guests, delta=0.15 * SESSIONS)
        self.assertLess(watch.last("parley_gateway_drain_sessions_forced_total"), 0.1 * SESSIONS)

    def test_who_is_left_at_the_end_is_closed_and_counted_where_it_is_seen(self):
        # 500 a second are asked at most: nowhere near all of them.
        gateway = self.gateway("hasty", announce=0.1, window=0.2, linger=0.2, flush=5)
        self.fill(gateway, polite=lambda number: False)
        watch = Watch(gateway, interval=2)
        self.assertEqual(gateway.end(END_SECONDS), 0)
        watch.join()
        self.eventually(lambda: all(guest.ended for guest in self.crowd.guests), "all streams having ended")
        self.assertEqual({guest.code for guest in self.crowd.guests}, {grpc.StatusCode.UNAVAILABLE})
        never_asked = sum(1 for guest in self.crowd.guests if not guest.asked)
        self.assertGreater(never_asked, SESSIONS / 4)
        drained, = [event for event in gateway.events("info") if event["msg"] == "drained"]
        self.assertGreaterEqual(drained["forced"], never_asked)
        # By one who looks every two seconds.
        self.assertEqual(watch.last("parley_gateway_drain_sessions_forced_total"), drained["forced"])
        self.assertEqual(watch.last("parley_gateway_sessions_closed_total"), SESSIONS)

    def test_without_sessions_it_is_through_after_the_announcement(self):
        announce, window = 1, 30
        gateway = self.gateway("idle", announce, window, linger=5, flush=5)
        begun = time.monotonic()
        self.assertEqual(gateway.end(END_SECONDS), 0)
        took = time.monotonic() - begun
        self.assertGreaterEqual(took, announce)
        self.assertLess(took, window / 2)
