#include "services/presence/registry/tcp_probe.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>

namespace parley::presence {
namespace {

// So many connects are under way at a time.
constexpr std::size_t kConnectsMax = 256;

enum class Answer { kPending, kAnswers, kGone, kUnknown };

// One connect that does not block.
class Connecting {
 public:
  explicit Connecting(const std::string& address) { Begin(address); }
  ~Connecting() {
    if (socket_ >= 0) close(socket_);
  }
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;

  int socket() const { return socket_; }
  Answer answer() const { return answer_; }

  // The socket has become writable: the connect is done, or has failed.
  void Finish() {
    int error = 0;
    socklen_t size = sizeof(error);
    if (getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    Judge(error);
  }

 private:
  void Begin(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    if (colon == std::string::npos) return;
    const std::string port = address.substr(colon + 1);
    // The resolver would say of a bad port what it says of an unknown name.
    if (port.empty() || port.find_first_not_of("0123456789") != std::string::npos) return;
    std::string host = address.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
      host = host.substr(1, host.size() - 2);

    addrinfo hints{};
    hints.ai_flags = AI_NUMERICSERV;
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* raw = nullptr;
    const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &raw);
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found(raw, &freeaddrinfo);
    if (error != 0) {
      // The name of a container that is gone is gone too.
      if (error == EAI_NONAME) answer_ = Answer::kGone;
      return;
    }
    socket_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return;
    Judge(connect(socket_, found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno);
  }

  void Judge(int error) {
    switch (error) {
      case 0:
        answer_ = Answer::kAnswers;
        break;
      case EINPROGRESS:
        answer_ = Answer::kPending;
        break;
      case ECONNREFUSED:
      case ECONNRESET:
      case EHOSTUNREACH:
      case ENETUNREACH:
      case EHOSTDOWN:
      case ETIMEDOUT:
        answer_ = Answer::kGone;
        break;
      default:
        answer_ = Answer::kUnknown;
    }
  }

  int socket_ = -1;
  Answer answer_ = Answer::kUnknown;
};

using Connects = std::vector<std::unique_ptr<Connecting>>;

// Waits until all have an answer or the patience is over.
void Await(Connects& connects, Duration patience) {
  using std::chrono::milliseconds;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    std::vector<pollfd> polled;
    std::vector<Connecting*> waiting;
    for (const auto& connecting : connects) {
      if (connecting->answer() != Answer::kPending) continue;
      polled.push_back({.fd = connecting->socket(), .events = POLLOUT, .revents = 0});
      waiting.push_back(connecting.get());
    }
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (polled.empty() || left <= milliseconds(0)) return;
    if (poll(polled.data(), polled.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
      return;
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents != 0) waiting[i]->Finish();
    }
  }
}

std::vector<ProbeResult> ProbeAll(const std::vector<ProbeTarget>& targets, Duration patience,
                                  const std::stop_token& stop) {
  std::vector<ProbeResult> results;
  for (std::size_t from = 0; from < targets.size() && !stop.stop_requested();
       from += kConnectsMax) {
    const std::size_t to = std::min(from + kConnectsMax, targets.size());
    Connects connects;
    for (std::size_t i = from; i < to; ++i) {
      connects.push_back(std::make_unique<Connecting>(targets[i].address));
    }
    Await(connects, patience);
    for (std::size_t i = from; i < to; ++i) {
      const Answer answer = connects[i - from]->answer();
      // Still pending is no answer within the patience.
      const bool gone = answer == Answer::kGone || answer == Answer::kPending;
      results.push_back({targets[i].server, targets[i].epoch, gone});
    }
  }
  return results;
}

}  // namespace

TcpProbe::TcpProbe(Duration patience)
    : patience_(patience), thread_([this](const std::stop_token& stop) { Work(stop); }) {}

TcpProbe::~TcpProbe() = default;

void TcpProbe::Start(std::vector<ProbeTarget> targets, Done done) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back({std::move(targets), std::move(done)});
  work_came_.notify_one();
}

void TcpProbe::Work(const std::stop_token& stop) {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      if (!work_came_.wait(lock, stop, [this] { return !jobs_.empty(); })) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    std::vector<ProbeResult> results = ProbeAll(job.targets, patience_, stop);
    if (!stop.stop_requested()) job.done(std::move(results));
  }
}

}  // namespace parley::presence
