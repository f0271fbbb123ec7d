#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/integration/await.h"
#include "tests/integration/brokers.h"
#include "tests/integration/child.h"
#include "tests/integration/cluster.h"
#include "tests/integration/member.h"

namespace parley::test {
namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::size_t kContentBytes = 16 * 1024;
constexpr std::size_t kWindowMessages = 600;
constexpr std::size_t kWarmUpWindows = 3;
constexpr std::size_t kUsualWindows = 5;
constexpr std::size_t kSlowWindows = 7;  // 65.6 MiB.
// What may be on its way to the reader that keeps up: half an outbox, so that a hiccup of the
// broker or the machine does not make a slow reader of it.
constexpr std::size_t kOnTheWay = 32;
constexpr std::chrono::seconds kDeliveredWithin{60};
constexpr std::size_t kOutboxBytesMax = 1 << 20;
constexpr std::size_t kAllowedBeyondTheLimit = 10'000'000;

std::int64_t NowUs() {
  return std::chrono::duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

// Reads a channel and keeps nothing but how long each message took; the content begins with the
// time of sending.
class LatencyReader final {
 public:
  LatencyReader(const std::string& address, const std::string& user, const std::string& channel)
      : stub_(v1::Chat::NewStub(Dial(address))), stream_(stub_->Connect(&context_)) {
    v1::ClientFrame frame;
    frame.mutable_hello()->set_user(user);
    stream_->Write(frame);
    frame.mutable_join()->set_channel(channel);
    stream_->Write(frame);
    v1::ServerFrame answer;
    while (!joined_ && stream_->Read(&answer)) {
      for (const v1::Event& event : answer.events()) joined_ = joined_ || event.has_joined();
    }
  }
  ~LatencyReader() {
    context_.TryCancel();
    if (reader_.joinable()) reader_.join();
  }

  bool joined() const { return joined_; }
  void Start() {
    reader_ = std::thread([this] { Read(); });
  }
  // False when the stream ended or the time was over before so many messages had come.
  [[nodiscard]] bool WaitForMessages(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kDeliveredWithin, [&] { return ended_ || count_ >= count; });
    return count_ >= count;
  }
  grpc::Status ReadToTheEnd() {
    v1::ServerFrame frame;
    while (stream_->Read(&frame)) {
    }
    return stream_->Finish();
  }

  // The 99th percentile of what came since the last call.
  std::int64_t TakeP99() {
    const std::lock_guard lock(mutex_);
    if (latencies_us_.empty()) return 0;
    std::sort(latencies_us_.begin(), latencies_us_.end());
    const std::int64_t p99 = latencies_us_.at(latencies_us_.size() * 99 / 100);
    latencies_us_.clear();
    return p99;
  }

 private:
  void Read() {
    v1::ServerFrame frame;
    while (stream_->Read(&frame)) {
      const std::int64_t now = NowUs();
      const std::lock_guard lock(mutex_);
      for (const v1::Event& event : frame.events()) {
        if (!event.has_message()) continue;
        latencies_us_.push_back(now - std::stoll(event.message().content()));
        ++count_;
      }
      changed_.notify_all();
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  grpc::ClientContext context_;
  std::unique_ptr<v1::Chat::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ClientFrame, v1::ServerFrame>> stream_;
  bool joined_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
  bool ended_ = false;
  std::vector<std::int64_t> latencies_us_;
  std::thread reader_;
};

// The product in a process of its own, so that its memory can be measured.
class Product final {
 public:
  Product()
      : endpoints_path_("/tmp/parley-endpoints-" + std::to_string(getpid())),
        child_(Command(endpoints_path_)) {
    // The file appears when everything is ready.
    Await("the product is ready",
          [this] { return !child_.Running() || std::ifstream(endpoints_path_).good(); });
    std::ifstream file(endpoints_path_);
    endpoints_ = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
  }
  ~Product() { unlink(endpoints_path_.c_str()); }

  std::string grpc() const { return endpoints_["gateways"][0]["grpc"]; }
  std::string admin() const { return endpoints_["gateways"][0]["admin"]; }
  std::string Errors() const { return child_.Output() + child_.Errors(); }
  bool running() { return child_.Running() && endpoints_.is_object(); }

  std::size_t ResidentBytes() const {
    std::ifstream statm("/proc/" + std::to_string(child_.pid()) + "/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  }

 private:
  static std::vector<std::string> Command(const std::string& endpoints_path) {
    std::vector<std::string> command = {Program("parley-standalone"), "--print-endpoints",
                                        endpoints_path, "--outbox-bytes-max", "1MiB"};
    for (const char* option :
         {"--listen", "--link-listen", "--presence-listen", "--admin-listen"}) {
      command.insert(command.end(), {option, "127.0.0.1:0"});
    }
    if (!GivenBrokers().empty()) command.insert(command.end(), {"--brokers", GivenBrokers()});
    return command;
  }

  std::string endpoints_path_;
  Child child_;
  nlohmann::json endpoints_;
};

// Sends at an even pace below what the machine can carry, so that latencies are those of a calm
// system. Returns the largest memory of the product that was seen meanwhile.
std::size_t SendPaced(Member& sender, LatencyReader& reader, const std::string& channel,
                      std::size_t first, const Product& product) {
  constexpr microseconds kPace{2'000};
  std::size_t resident_max = 0;
  auto next = steady_clock::now();
  const std::size_t end = first + kWindowMessages;
  for (std::size_t i = first; i < end; ++i) {
    if (i >= kOnTheWay && !reader.WaitForMessages(i - kOnTheWay)) break;
    std::string content = std::to_string(NowUs()) + " ";
    content.resize(kContentBytes, 'x');
    sender.Publish(channel, "", content);
    if (i % 50 == 0) resident_max = std::max(resident_max, product.ResidentBytes());
    std::this_thread::sleep_until(next += kPace);  // The pace of the load, not a wait.
  }
  EXPECT_TRUE(reader.WaitForMessages(end)) << "the reader that keeps up was cut off, or waits";
  return std::max(resident_max, product.ResidentBytes());
}

TEST(SlowReaderTest, IsCutOffWithItsReasonWhileMemoryAndOthersStayAsTheyWere) {
  Product product;
  ASSERT_TRUE(product.running()) << product.Errors();
  const std::string channel = FreshChannel("slow");
  LatencyReader reader(product.grpc(), "reader", channel);
  ASSERT_TRUE(reader.joined());
  reader.Start();
  Member sender(product.grpc(), "sender");

  std::size_t sent = 0;
  std::size_t resident_max = 0;
  // Sends in windows and gives the median of their 99th percentiles: one hiccup of the machine is
  // not a finding.
  const auto p99_over = [&](std::size_t windows) {
    std::vector<std::int64_t> p99s;
    for (std::size_t i = 0; i < windows; ++i) {
      const std::size_t resident = SendPaced(sender, reader, channel, sent, product);
      sent += kWindowMessages;
      resident_max = std::max(resident_max, resident);
      p99s.push_back(reader.TakeP99());
    }
    std::nth_element(p99s.begin(), p99s.begin() + p99s.size() / 2, p99s.end());
    return p99s[p99s.size() / 2];
  };

  p99_over(kWarmUpWindows);  // Caches, windows, the router's tail.
  const std::int64_t usual_p99 = p99_over(kUsualWindows);
  const std::size_t resident_before = std::exchange(resident_max, 0);

  LatencyReader slow(product.grpc(), "slow", channel);
  ASSERT_TRUE(slow.joined());
  const std::int64_t p99_beside_slow = p99_over(kSlowWindows);

  const grpc::Status status = slow.ReadToTheEnd();
  EXPECT_TRUE(status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED ||
              status.error_code() == grpc::StatusCode::CANCELLED)
      << status.error_code();
  EXPECT_EQ(Cluster::Metric(product.admin(),
                            R"(parley_gateway_sessions_closed_total{reason="slow_reader"})"),
            1);
  const std::size_t grown = resident_max - std::min(resident_max, resident_before);
  EXPECT_LT(grown, kOutboxBytesMax + kAllowedBeyondTheLimit);
  EXPECT_LT(p99_beside_slow, 2 * usual_p99) << "99th percentile: usual " << usual_p99
                                            << " us, beside the slow reader " << p99_beside_slow;
  RecordProperty("usual_p99_us", std::to_string(usual_p99));
  RecordProperty("p99_beside_slow_us", std::to_string(p99_beside_slow));
  RecordProperty("grown_bytes", std::to_string(grown));
  std::printf("p99 usual %ld us, beside the slow reader %ld us; memory grew by %zu bytes\n",
              static_cast<long>(usual_p99), static_cast<long>(p99_beside_slow), grown);
}

}  // namespace
}  // namespace parley::test
