"""The examples, made and started as their READMEs say, on gateways that go away under them."""
import workshop
from case import ClientsTest
from proxy import Proxy

AWAY_MESSAGES = 20
SHORT_DRAIN = ("--drain-announce", "0ms", "--drain-window", "0ms")
LINES = 250  # More than may be unacked at a time.


class ExampleCases:
    language = None

    def start_example(self, channel, addresses):
        self.need(f"{self.language} example")
        command = workshop.example_command(self.language, self.language, addresses, channel)
        example = self.start(command, cwd=workshop.example_folder(self.language), env=workshop.environment())
        self.wait_for_members(channel, [self.language])
        return example

    def own(self, stored):
        return [content for sender, content in stored if sender == self.language]

    def assert_shown_as_stored(self, example, channel):
        """Everything that the channel's log holds was shown, once and in its order, and nothing else. Returns it."""
        self.publish(channel, "that is all")
        example.wait_for("somebody: that is all")
        stored = self.history_through(channel, "that is all")
        shown = [line for line in example.lines if not line.startswith(("* ", "(direct) "))]
        self.assertEqual(shown, [f"{sender}: {content}" for sender, content in stored])
        return stored

    def test_joins_prints_and_sends_until_its_input_ends(self):
        channel = f"{self.language} talks"
        example = self.start_example(channel, self.product.gateways)
        self.publish(channel, "are you there?")
        example.wait_for("somebody: are you there?")
        lines = [f"line {number}" for number in range(LINES)]
        for line in lines:
            example.say(line)
        example.wait_for(f"{self.language}: {lines[-1]}")
        self.assert_shown_as_stored(example, channel)
        goodbye = "goodbye \N{WAVING HAND SIGN}"
        example.say(goodbye)
        example.end_input()
        self.assertEqual(example.exit_code(), 0, example.lines)
        self.assertEqual(self.own(self.history_through(channel, goodbye)), [*lines, goodbye])

    def test_what_is_refused_is_said_and_the_rest_goes_on(self):
        channel = f"{self.language} errs"
        example = self.start_example(channel, self.product.gateways)
        for text in ("one", "x" * 20_000, "two"):
            example.say(text)
        example.wait_for("* not sent: ")
        example.wait_for(f"{self.language}: two")
        stored = self.assert_shown_as_stored(example, channel)
        self.assertEqual(self.own(stored), ["one", "two"])

    def test_resumes_on_another_gateway_when_its_own_is_killed(self):
        channel = f"{self.language} resumes"
        gateways = [self.product.start_gateway() for _ in range(2)]
        example = self.start_example(channel, [gateway.address for gateway in gateways])
        self.publish(channel, "before")
        example.say("mine, before")
        example.wait_for(f"{self.language}: mine, before")
        example.wait_for("somebody: before")
        self.knock(self.language, example)
        own, = [gateway for gateway in gateways if gateway.metric("parley_gateway_sessions") > 0]
        own.kill()
        self.publish(f"@{self.language}", "psst, while you were away")
        for number in range(AWAY_MESSAGES):
            self.publish(channel, f"while you were away {number}")
            example.say(f"typed on {number}")
        example.wait_for(f"{self.language}: typed on {AWAY_MESSAGES - 1}")
        stored = self.assert_shown_as_stored(example, channel)
        self.assertEqual(self.own(stored),
                         ["mine, before", *(f"typed on {number}" for number in range(AWAY_MESSAGES))])
        self.assertEqual([line for line in example.lines if "psst, while you were away" in line],
                         ["(direct) somebody: psst, while you were away"])
        lost, = [line for line in example.lines if line.startswith("* ")]
        self.assertIn(f"lost {own.address}", lost)

    def test_moves_when_its_gateway_drains(self):
        channel = f"{self.language} moves"
        gateways = [self.product.start_gateway(*SHORT_DRAIN) for _ in range(2)]
        example = self.start_example(channel, [gateway.address for gateway in gateways])
        own, = [gateway for gateway in gateways if gateway.metric("parley_gateway_sessions") > 0]
        own.terminate()
        example.wait_for(f"* lost {own.address}")
        self.publish(channel, "did you move?")
        example.wait_for("somebody: did you move?")
        self.assert_shown_as_stored(example, channel)

    def test_repeats_what_was_not_acked_and_it_is_shown_once(self):
        channel = f"{self.language} repeats"
        proxies = [Proxy(address) for address in self.product.gateways[1:]]
        for proxy in proxies:
            self.addCleanup(proxy.cut)
        example = self.start_example(channel, [proxy.address for proxy in proxies])
        own, = [proxy for proxy in proxies if proxy.is_used()]
        repeated = self.product.metric("parley_router_duplicates_total")
        own.hold_answers()
        typed = [f"typed {number}" for number in range(3)]
        for text in typed:
            example.say(text)
        self.eventually(lambda: len(self.history(channel)) == len(typed), "what was typed being stored")
        own.cut()
        example.wait_for(typed[-1])
        self.eventually(lambda: self.product.metric("parley_router_duplicates_total") >= repeated + len(typed),
                        "the routers leaving out the repetitions")
        stored = self.assert_shown_as_stored(example, channel)
        self.assertEqual(self.own(stored), typed)


class PythonExampleTest(ExampleCases, ClientsTest):
    language = "python"


class GoExampleTest(ExampleCases, ClientsTest):
    language = "go"


class NodeExampleTest(ExampleCases, ClientsTest):
    language = "node"
