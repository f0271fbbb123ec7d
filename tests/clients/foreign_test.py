"""The clients of the three services that Parley replaces, in Python and Go, and `parley chat`, talk to one another."""
import json

from case import ClientsTest

ROUNDS = 3
# Of everybody who is in `general`: language, service, gateway.
FOREIGNERS = {
    "py-service": ("python", "chat-service", 0),
    "py-broadcast": ("python", "broadcast", 1),
    "py-chat": ("python", "chat", 2),
    "go-service": ("go", "chat-service", 1),
    "go-broadcast": ("go", "broadcast", 2),
    "go-chat": ("go", "chat", 0),
}
TERMINALS = {"ann": 1, "bob": 2}


def told(child):
    return [json.loads(line) for line in child.lines]


def contents(child):
    return [message["content"] for message in told(child)]


class ForeignTest(ClientsTest):
    def setUp(self):
        super().setUp()
        gateways = self.product.gateways
        self.foreigners = {name: self.start_foreign(language, service, gateways[at], name, "general")
                           for name, (language, service, at) in FOREIGNERS.items()}
        self.terminals = {name: self.start_terminal(name, gateways[at]) for name, at in TERMINALS.items()}
        self.wait_for_members("general", [*FOREIGNERS, *TERMINALS])

    def say_the_last(self):
        """Whoever was shown this was shown, or never will be, what was said before it. Returns all that was said."""
        last = f"that is all of {self.id()}"
        self.publish("general", last)
        for everybody in (*self.foreigners.values(), *self.terminals.values()):
            everybody.wait_for(last)
        return self.history_through("general", last)

    def test_everybody_sees_everybodys_messages_once_and_in_one_order(self):
        everything = []
        for number in range(ROUNDS):
            for name, speaker in {**self.foreigners, **self.terminals}.items():
                text = f"number {number} of {name}."
                everything.append(text)
                speaker.say(text)
        for name, child in self.foreigners.items():
            # `chat.Chat` does not show its author what the author said.
            due = [text for text in everything if "chat" not in name or not text.endswith(f"of {name}.")]
            child.wait_until(lambda lines, due=due: len(lines) >= len(due), f"{len(due)} messages")
        for name, terminal in self.terminals.items():
            for text in everything:
                terminal.wait_for(text)
        order = [content for _, content in self.say_the_last() if content in everything]
        self.assertCountEqual(order, everything)
        for name, child in self.foreigners.items():
            hidden = f"of {name}." if name.endswith("-chat") else None
            self.assertEqual(contents(child)[:-1],
                             [text for text in order if not hidden or not text.endswith(hidden)], name)
            for message in told(child)[:-1]:
                self.assertEqual(message["content"].split(" of ")[1], message["sender"] + ".", name)
        for name, terminal in self.terminals.items():
            for text in everything:
                if not text.endswith(f"of {name}."):  # The terminal draws what is typed as well.
                    self.assertEqual(terminal.text.count(text), 1, f"{name} was shown {text!r}:\n{terminal.text}")

    def test_a_direct_message_reaches_only_the_two(self):
        self.knock("go-service", self.foreigners["go-service"])
        self.knock("ann", self.terminals["ann"])
        self.foreigners["py-service"].say("@go-service between us")
        self.foreigners["go-service"].say("@ann come over")
        two = {"between us": ("py-service", "go-service"), "come over": ("go-service", "ann")}
        self.terminals["ann"].wait_for("come over")
        for text, names in two.items():
            for name in set(names) & set(self.foreigners):
                self.foreigners[name].wait_for(text)
        self.say_the_last()

        for text, names in two.items():
            sender, receiver = names
            for name, child in self.foreigners.items():
                found = [message for message in told(child) if message["content"] == text]
                if name not in names:
                    self.assertEqual(found, [], name)
                else:
                    self.assertEqual(found, [{"sender": sender, "content": text, "receiver": receiver,
                                              "channel": "general"}], name)
            for name, terminal in self.terminals.items():
                self.assertEqual(terminal.text.count(text), int(name in names), f"{name}:\n{terminal.text}")

    def test_list_channels_lists_the_channels_with_members(self):
        self.start_foreign("python", "chat-service", self.product.gateways[0], "guest", "a room of the guest's")
        self.wait_for_members("a room of the guest's", ["guest"])
        for language in ("python", "go"):
            lister = self.start_foreign(language, "channels", self.product.gateways[2])
            self.assertEqual(lister.exit_code(), 0, lister.lines)
            self.assertEqual(told(lister)[0]["channels"], ["a room of the guest's", "general"], language)
