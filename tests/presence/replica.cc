#include "tests/presence/replica.h"

#include <fstream>
#include <future>
#include <sstream>
#include <thread>
#include <utility>

namespace parley::presence_test {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kAnswerWithin{2};

// Reads the first update of `Registry.Watch`.
class Replica::Watch final : public rpc::CallListener {
 public:
  Watch(rpc::Loop& loop, const std::string& address)
      : call_(loop, rpc::Connect(address), "/parley.internal.v1.Registry/Watch", *this) {}

  std::future<std::optional<internal::v1::ServersUpdate>> answer() { return answer_.get_future(); }

 private:
  void OnStarted() override {
    call_.Write(rpc::Encode(internal::v1::WatchServersRequest()));
    call_.HalfClose();
  }
  void OnMessage(rpc::Bytes message) override {
    internal::v1::ServersUpdate update;
    if (rpc::Decode(message, update)) Answer(std::move(update));
  }
  void OnDone(const grpc::Status&) override { Answer(std::nullopt); }

  void Answer(std::optional<internal::v1::ServersUpdate> update) {
    if (!std::exchange(answered_, true)) answer_.set_value(std::move(update));
  }

  std::promise<std::optional<internal::v1::ServersUpdate>> answer_;
  bool answered_ = false;
  rpc::ClientCall call_;
};

Replica::Replica(std::string address) : address_(std::move(address)) {}

Replica::~Replica() { loop_.Stop(); }

std::optional<Replica::Roster> Replica::Members(const std::string& channel) {
  internal::v1::ChannelRequest request;
  request.set_channel(channel);
  request.set_limit(10'000);
  std::promise<std::optional<Roster>> promise;
  loop_.Run([&] {
    // A new connection when the last one failed: gRPC would wait before it tried again.
    if (!channel_) channel_ = rpc::Connect(address_);
    rpc::CallUnary(loop_, channel_, "/parley.internal.v1.Presence/Channel", rpc::Encode(request),
                   kAnswerWithin, [&](const grpc::Status& status, const rpc::Bytes& bytes) {
                     internal::v1::ChannelReply reply;
                     if (!status.ok() || !rpc::Decode(bytes, reply)) {
                       channel_.reset();
                       return promise.set_value(std::nullopt);
                     }
                     Roster roster{.total = reply.total(), .members = {}};
                     for (const auto& member : reply.members()) {
                       roster.members[member.user()] = member.sessions();
                     }
                     promise.set_value(std::move(roster));
                   });
  });
  return promise.get_future().get();
}

std::optional<std::map<std::string, unsigned>> Replica::Servers() {
  std::unique_ptr<Watch> watch;
  loop_.Run([&] { watch = std::make_unique<Watch>(loop_, address_); });
  auto answer = watch->answer();
  std::optional<internal::v1::ServersUpdate> update;
  if (answer.wait_for(kAnswerWithin) == std::future_status::ready) update = answer.get();
  loop_.Run([&] { watch.reset(); });
  if (!update) return std::nullopt;
  std::map<std::string, unsigned> servers;
  for (const auto& server : update->up()) servers[server.id()] = server.sessions();
  return servers;
}

std::string OptionOf(const chaos::ServiceProcess& process, const std::string& option) {
  std::ostringstream all;
  all << std::ifstream("/proc/" + std::to_string(process.pid()) + "/cmdline").rdbuf();
  std::istringstream words(all.str());
  for (std::string word; std::getline(words, word, '\0');) {
    if (word.starts_with(option + "=")) return word.substr(option.size() + 1);
  }
  return "";
}

std::optional<double> SecondsUntil(const std::function<bool()>& holds,
                                   std::chrono::seconds within) {
  const auto begin = steady_clock::now();
  while (true) {
    if (holds()) return std::chrono::duration<double>(steady_clock::now() - begin).count();
    if (steady_clock::now() - begin > within) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // Between looks.
  }
}

}  // namespace parley::presence_test
