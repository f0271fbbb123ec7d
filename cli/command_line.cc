#include "cli/command_line.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/help_format.h"
#include "cli/help_text.h"
#include "cli/kafka_options.h"
#include "cli/option_kinds.h"
#include "cli/output/sanitize.h"
#include "services/common/process/nearest.h"
#include "services/common/process/version.h"

namespace parley::cli {
namespace {

class CommandLine final {
 public:
  explicit CommandLine(const Console& console) : console_(console) {
    app_.formatter(std::make_shared<HelpFormat>());
    app_.footer(kExamples);
    app_.set_version_flag("--version", std::string("parley ") + process::Version(),
                          "Show the version");
    app_.set_help_flag("-h,--help", "Show this help");
    AddChat();
    AddSend();
    AddListen();
    AddWho();
    AddChannels();
    AddHistory();
    AddGateways();
    AddTopics();
    AddHealth();
    AddProbe();
  }

  Command Parse(std::vector<std::string> arguments) {
    if (arguments.empty()) {
      console_.Write(kShortHelp);
      return ExitCode::kOk;
    }
    if (arguments[0] == "help") {
      std::rotate(arguments.begin(), arguments.begin() + 1, arguments.end());
      arguments.back() = "--help";
    }
    if (const std::optional<std::string> unknown = UnknownCommand(arguments)) {
      return Refuse("there is no command " + *unknown, NamesOfCommands(), *unknown);
    }
    try {
      std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
      app_.parse(std::move(reversed));
    } catch (const CLI::CallForVersion& version) {
      console_.Line(version.what());
      return ExitCode::kOk;
    } catch (const CLI::CallForHelp&) {
      console_.Write(app_.help());
      if (app_.get_subcommands().empty()) console_.Line(std::string("\n") + kExitCodes);
      return ExitCode::kOk;
    } catch (const CLI::ExtrasError& error) {
      return RefuseExtra(error.what(), arguments);
    } catch (const CLI::RequiredError&) {
      return Refuse("topics needs to know what to do: check or ensure");
    } catch (const CLI::ParseError& error) {
      return Refuse(error.what());
    }
    return Chosen();
  }

 private:
  CLI::App& AddCommand(const char* name, const char* description, const char* examples) {
    CLI::App& command = *app_.add_subcommand(name, description);
    command.footer(examples);
    command.group("Commands");
    return command;
  }

  static void AddServer(CLI::App& app, std::vector<std::string>& servers) {
    const auto take = [&servers](const std::vector<std::string>& values) {
      servers.clear();
      for (const std::string& value : values) cli::AddServers(value, servers);
      if (servers.empty()) throw CLI::ValidationError("--server: no server is named");
    };
    app.add_option_function<std::vector<std::string>>(
           "--server", take,
           "Gateways to choose from; may be repeated (127.0.0.1:50051, or $PARLEY_SERVER)")
        ->option_text("HOST:PORT,...")
        ->expected(1)
        ->allow_extra_args(false)
        ->take_all();
  }

  static void AddConnection(CLI::App& app, Connection& connection, bool with_channel = true) {
    AddServer(app, connection.servers);
    app.add_option("--user", connection.user, "Who you are ($PARLEY_USER, $USER or anonymous)")
        ->option_text("NAME");
    if (!with_channel) return;
    app.add_option("--channel", connection.channel, "Which channel (general, or $PARLEY_CHANNEL)")
        ->option_text("NAME");
  }

  static void AddJson(CLI::App& app, bool& json) {
    app.add_flag("--json", json, "Print JSON, one object a line");
  }

  void AddChat() {
    CLI::App& app = AddCommand("chat", "Talk in a channel.", kChatExamples);
    AddConnection(app, chat_.connection);
    app.add_option("--history", chat_.history, "Show the last N messages first (terminal: 10)")
        ->option_text("N")
        ->check(CLI::Range(0, 500));
    AddTime(app, "--wait", chat_.wait, "Piped: how long to print on after the last line (1s)");
    AddJson(app, chat_.json);
  }

  void AddSend() {
    CLI::App& app =
        AddCommand("send", "Send one message and wait until it is stored.", kSendExamples);
    app.add_option("message", words_, "The message; without one, all of stdin")->option_text("...");
    AddConnection(app, send_.connection);
    CLI::Option* id = app.add_option("--id", send_.id, "The message's id (a fresh UUID)");
    id->option_text("ID");
    app.add_flag("--retry", send_.retry, "Repeats an earlier send with the same --id")->needs(id);
    AddPairs(
        app, "--header",
        [this](std::string name, std::string value) {
          send_.headers.push_back({std::move(name), std::move(value)});
        },
        "Goes with the message; may be repeated");
    AddTime(app, "--timeout", send_.timeout, "How long to wait for the ack (8s)");
    AddJson(app, send_.json);
  }

  void AddListen() {
    CLI::App& app =
        AddCommand("listen", "Print a channel's messages as they come.", kListenExamples);
    AddConnection(app, listen_.connection);
    app.add_option("--after", listen_.after, "First, what came after this position")
        ->option_text("POSITION");
    app.add_option("--count", listen_.count, "End after so many messages")
        ->option_text("N")
        ->check(CLI::PositiveNumber);
    AddTime(app, "--timeout", listen_.timeout, "End after so long");
    AddJson(app, listen_.json);
  }

  void AddWho() {
    CLI::App& app = AddCommand("who", "List who is in a channel now.", kWhoExamples);
    AddConnection(app, who_.connection);
    AddLimit(app, who_.limit, "At most N users (1000)", 10'000);
    AddJson(app, who_.json);
  }

  void AddChannels() {
    CLI::App& app =
        AddCommand("channels", "List the channels that have members now.", kChannelsExamples);
    AddConnection(app, channels_.connection, /*with_channel=*/false);
    app.add_option("--prefix", channels_.prefix, "Only names that begin so")->option_text("TEXT");
    AddLimit(app, channels_.limit, "At most N channels (1000)", 10'000);
    AddJson(app, channels_.json);
  }

  void AddHistory() {
    CLI::App& app =
        AddCommand("history", "Print a channel's last stored messages.", kHistoryExamples);
    AddConnection(app, history_.connection);
    AddLimit(app, history_.limit, "At most N messages (50)", 10'000);
    app.add_option("--before", history_.before, "What lies before this position")
        ->option_text("POSITION");
    AddJson(app, history_.json);
  }

  void AddGateways() {
    CLI::App& app = AddCommand("servers", "List the gateways that live.", kServersExamples);
    app.add_option("--presence", servers_.presence,
                   "The presence replica that is asked (127.0.0.1:50061, or $PARLEY_PRESENCE)")
        ->option_text("HOST:PORT");
    AddTime(app, "--timeout", servers_.timeout, "How long to wait for it (3s)");
    AddJson(app, servers_.json);
  }

  static void AddLimit(CLI::App& app, std::uint32_t& limit, const char* help, int most) {
    app.add_option("--limit", limit, help)->option_text("N")->check(CLI::Range(1, most));
  }

  void AddTopics() {
    CLI::App& app =
        AddCommand("topics", "Check Parley's Kafka topics, or make them.", kTopicsExamples);
    app.require_subcommand(1);
    AddTopicsAction(app, "check", "Say what differs from what Parley needs.", false);
    AddTopicsAction(app, "ensure", "Make what is missing; say what differs.", true);
  }

  // What these mean is for `ReadKafkaOptions` to say.
  void AddKafkaFlag(CLI::App& app, const char* name, const char* value, const char* help) {
    const auto take = [this, name](const std::vector<std::string>& values) {
      for (const std::string& each : values) {
        kafka_flags_.emplace_back(name);
        kafka_flags_.push_back(each);
      }
    };
    app.add_option_function<std::vector<std::string>>(name, take, help)
        ->option_text(value)
        ->expected(1)
        ->allow_extra_args(false)
        ->take_all();
  }

  void AddTopicsAction(CLI::App& topics, const char* name, const char* help, bool ensure) {
    CLI::App& app = *topics.add_subcommand(name, help);
    app.group("Commands");
    app.callback([this, ensure] {
      topics_.action = ensure ? TopicsOptions::Action::kEnsure : TopicsOptions::Action::kCheck;
    });
    AddKafkaFlag(app, "--kafka-brokers", "HOST:PORT,...",
                 "Where Kafka is (127.0.0.1:9092, or $PARLEY_KAFKA_BROKERS)");
    AddKafkaFlag(app, "--kafka-property", "KEY=VALUE",
                 "Any librdkafka property, for SASL or TLS; may be repeated "
                 "(or $PARLEY_KAFKA_PROPERTY_KEY)");
    AddKafkaFlag(app, "--config", "FILE", "Reads these two from a file (or $PARLEY_CONFIG)");
    app.add_option("--partitions", topics_.topics.chatting_partitions,
                   "Of the topic chatting; fixed once it is made (32)")
        ->option_text("N")
        ->check(CLI::Range(1, 10'000));
    app.add_option("--replication", topics_.topics.replication, "Copies of each record (3)")
        ->option_text("N")
        ->check(CLI::Range(1, 100));
    AddTime(app, "--dedupe-window", topics_.topics.dedupe_window,
            "How long a repeated publish is recognised (5m)");
    AddTime(app, "--timeout", topics_.timeout, "How long to try (30s)");
  }

  void AddHealth() {
    CLI::App& app = AddCommand(
        "health", "Ask a service whether it serves: exit 0 if it does, else 1.", kHealthExamples);
    app.add_option("--server", health_.server, "gRPC health at this address")
        ->option_text("HOST:PORT");
    app.add_option("--admin", health_.admin, "/readyz at this address, the port for operators")
        ->option_text("HOST:PORT");
    AddTime(app, "--timeout", health_.timeout, "How long to wait for each (3s)");
  }

  void AddProbe() {
    CLI::App& app = AddCommand(
        "probe", "Send through one gateway, receive through another, and say how that went.",
        kProbeExamples);
    AddServer(app, probe_.servers);
    app.add_option("--count", probe_.count, "End after so many messages")
        ->option_text("N")
        ->check(CLI::PositiveNumber);
    AddTime(app, "--interval", probe_.interval, "From one message to the next (1s)");
    AddTime(app, "--timeout", probe_.timeout, "How long a message may take (5s)");
    app.add_option("--listen", probe_.listen, "Serves /metrics and /healthz here")
        ->option_text("HOST:PORT");
  }

  std::vector<std::string> NamesOfCommands() const {
    std::vector<std::string> names;
    for (const CLI::App* each : app_.get_subcommands({})) names.push_back(each->get_name());
    return names;
  }

  std::optional<std::string> UnknownCommand(const std::vector<std::string>& arguments) const {
    if (arguments[0].starts_with('-')) return std::nullopt;
    const std::vector<std::string> names = NamesOfCommands();
    if (std::ranges::find(names, arguments[0]) != names.end()) return std::nullopt;
    return arguments[0];
  }

  // The command that was chosen, down to `topics ensure`.
  const CLI::App& ChosenApp() const {
    const CLI::App* app = &app_;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    return *app;
  }

  ExitCode RefuseExtra(const std::string& what, const std::vector<std::string>& arguments) const {
    const CLI::App& app = ChosenApp();
    std::vector<std::string> names = {"--help"};
    for (const CLI::Option* option : app.get_options()) {
      if (option->nonpositional()) names.push_back(option->get_name());
    }
    const auto is_unknown = [&names](const std::string& argument) {
      const std::string name = argument.substr(0, argument.find('='));
      return name.starts_with("--") && std::ranges::find(names, name) == names.end();
    };
    const auto unknown = std::ranges::find_if(arguments, is_unknown);
    if (unknown == arguments.end()) return Refuse(what);
    return Refuse("there is no option " + *unknown, names, *unknown);
  }

  ExitCode Refuse(std::string what, const std::vector<std::string>& names = {},
                  const std::string& wanted = {}) const {
    const std::string nearest = process::Nearest(wanted, names);
    // Half of the letters wrong is no misspelling.
    if (process::EditDistance(wanted, nearest) * 2 <= wanted.size() && !nearest.empty()) {
      what += "; did you mean " + nearest + "?";
    }
    console_.Complain(ForTerminal(what));
    const std::string& name = ChosenApp().get_name();
    console_.Note("See parley " + (name == "parley" ? "" : name + " ") + "--help");
    return ExitCode::kUsage;
  }

  Command Chosen() {
    const std::string name =
        app_.get_subcommands().empty() ? std::string() : app_.get_subcommands().front()->get_name();
    if (name == "chat") return chat_;
    if (name == "send") return WithMessage(send_);
    if (name == "listen") return listen_;
    if (name == "who") return who_;
    if (name == "channels") return channels_;
    if (name == "history") return history_;
    if (name == "servers") return servers_;
    if (name == "topics") return WithKafka(topics_);
    if (name == "health") return WithServer(health_);
    if (name == "probe") return probe_;
    return Refuse("there is no command");
  }

  SendOptions WithMessage(SendOptions options) const {
    if (words_.empty() || (words_.size() == 1 && words_[0] == "-")) return options;
    options.content.emplace();
    for (const std::string& word : words_) {
      *options.content += (options.content->empty() ? "" : " ") + word;
    }
    return options;
  }

  Command WithKafka(TopicsOptions options) const {
    if (const auto refused = ReadKafkaOptions(kafka_flags_, options.kafka)) return *refused;
    return options;
  }

  static HealthOptions WithServer(HealthOptions options) {
    if (options.server.empty() && options.admin.empty()) {
      options.server = ConnectionFromEnvironment().servers.front();
    }
    return options;
  }

  const Console& console_;
  CLI::App app_{"Talk in channels of a Parley chat server.", "parley"};
  const Connection connection_ = ConnectionFromEnvironment();
  ChatOptions chat_{.connection = connection_};
  SendOptions send_{.connection = connection_};
  ListenOptions listen_{.connection = connection_};
  WhoOptions who_{.connection = connection_};
  ChannelsOptions channels_{.connection = connection_};
  HistoryOptions history_{.connection = connection_};
  ServersOptions servers_{.presence = PresenceFromEnvironment()};
  TopicsOptions topics_;
  HealthOptions health_;
  ProbeOptions probe_{.servers = connection_.servers};
  std::vector<std::string> words_;        // Of the message to send.
  std::vector<std::string> kafka_flags_;  // As they were given.
};

}  // namespace

Command ParseCommandLine(int argc, const char* const* argv, const Console& console) {
  return CommandLine(console).Parse({argv + 1, argv + std::max(argc, 1)});
}

}  // namespace parley::cli
