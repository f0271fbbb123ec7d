#include "tests/integration/retry_fixture.h"

#include <algorithm>
#include <stdexcept>

#include "services/common/kafka/topics.h"
#include "tests/integration/await.h"
#include "tests/integration/brokers.h"
#include "tests/integration/topic_dump.h"

namespace parley::test {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kTimeout{60};
constexpr milliseconds kUsualWindow{5 * 60 * 1000};
constexpr std::size_t kSessions = 6;
constexpr int kSweepHalf = 10;  // Steps on either side of the window's end.
constexpr milliseconds kSweepStep{100};

void SetWindowOfGivenBrokers(milliseconds window) {
  if (GivenBrokers().empty()) return;
  const kafka::TopicsReport report = kafka::EnsureTopics(
      {.brokers = GivenBrokers(), .properties = {}}, {.dedupe_window = window}, kTimeout);
  EXPECT_TRUE(report.ok) << testing::PrintToString(report.lines);
}

std::vector<std::string> IdsOf(const std::vector<v1::Message>& messages,
                               const std::string& channel) {
  std::vector<std::string> ids;
  for (const v1::Message& message : messages) {
    if (message.channel() == channel) ids.push_back(message.id());
  }
  return ids;
}

// Empty when they are the same.
std::string FirstDifference(const std::vector<std::string>& seen,
                            const std::vector<std::string>& expected) {
  const auto [saw, wanted] = std::ranges::mismatch(seen, expected);
  if (saw == seen.end() && wanted == expected.end()) return "";
  return "at " + std::to_string(saw - seen.begin()) + " " + (saw == seen.end() ? "nothing" : *saw) +
         " instead of " + (wanted == expected.end() ? "nothing" : *wanted);
}

// The whole history through one gateway. Asked again while it is busy.
std::vector<std::string> ReadAllHistory(const std::string& gateway, const std::string& channel) {
  const auto stub = v1::Chat::NewStub(Dial(gateway));
  std::vector<std::string> ids;
  v1::HistoryRequest request;
  request.set_channel(channel);
  request.set_limit(500);
  do {
    v1::HistoryResponse response;
    grpc::Status status;
    for (int attempt = 0; attempt < 100; ++attempt) {
      grpc::ClientContext context;
      context.set_wait_for_ready(true);
      status = stub->History(&context, request, &response);
      if (status.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED) break;
    }
    if (!status.ok()) throw std::runtime_error("history: " + status.error_message());
    const std::vector<v1::Message> page(response.messages().begin(), response.messages().end());
    const std::vector<std::string> older = IdsOf(page, channel);
    ids.insert(ids.begin(), older.begin(), older.end());
    request.set_before(response.older());
  } while (!request.before().empty());
  return ids;
}

std::string JoinedPosition(const Member& member, const std::string& channel) {
  for (const v1::Event& event : member.others()) {
    if (event.joined().channel() == channel) return event.joined().position();
  }
  return "";
}

std::string SweepName(int step) { return "sweep" + std::to_string(step); }

}  // namespace

RetryFixture::~RetryFixture() {
  cluster_.reset();
  SetWindowOfGivenBrokers(kUsualWindow);
}

void RetryFixture::Start(milliseconds window) {
  window_ = window;
  SetWindowOfGivenBrokers(window);
  standalone::StandaloneConfig config;
  config.gateways = kGateways;
  config.routers = 2;
  config.embedded_broker.dedupe_window_ms = window.count();
  config.router.core.dedupe.late_ms = kLate.count();
  // All of them are stopped together: there is nobody to hand over to.
  config.router.hand_over_timeout = milliseconds(100);
  config.router.history_reader.look_back = kLookBack;
  cluster_.emplace(config);
  for (std::size_t i = 0; i < kGateways; ++i) {
    watchers_.push_back(std::make_unique<Member>(cluster_->Gateway(i), "watcher"));
  }
  for (std::size_t i = 0; i < kSessions; ++i) {
    sessions_.push_back(std::make_unique<Member>(cluster_->Gateway(i), "ann"));
  }
  other_user_ = std::make_unique<Member>(cluster_->Gateway(1), "bob");
}

void RetryFixture::WatchChannel(const std::string& channel) {
  for (const auto& watcher : watchers_) ASSERT_TRUE(watcher->Join(channel));
}

void RetryFixture::UseChannel(const std::string& channel) {
  channel_ = channel;
  beginning_ = JoinedPosition(*watchers_[0], channel);
}

void RetryFixture::Send(std::size_t session, const std::string& name, bool retry) {
  SendAs(*sessions_.at(session), name, retry);
}

void RetryFixture::SendAs(Member& member, const std::string& name, bool retry) {
  ASSERT_FALSE(member.acks().contains(Id(name)));
  member.Publish(channel_, Id(name), "message", retry);
  ASSERT_TRUE(member.WaitUntil([&](const Member& m) { return m.acks().contains(Id(name)); }));
}

std::int64_t RetryFixture::TimeOf(const std::string& name) const {
  for (const v1::Message& message : watchers_[0]->messages()) {
    if (message.id() == Id(name)) return message.time_ms();
  }
  throw std::runtime_error(name + " was never shown");
}

std::int64_t RetryFixture::LogTime() {
  const std::string name = "tick" + std::to_string(++ticks_);
  Send(0, name);
  const bool shown = watchers_[0]->WaitUntil([&](const Member& member) {
    const auto ids = IdsOf(member.messages(), channel_);
    return std::ranges::find(ids, Id(name)) != ids.end();
  });
  if (!shown) throw std::runtime_error(name + " did not come");
  return TimeOf(name);
}

void RetryFixture::AwaitAge(const std::string& name, milliseconds age) {
  // What was sent before a tick is there when the tick is.
  Await(name + " is old enough", [&] { return LogTime() >= TimeOf(name) + age.count(); });
}

void RetryFixture::ExpectHistoryShows(const std::vector<std::string>& ids) {
  for (std::size_t i = 0; i < kGateways; ++i) {
    EXPECT_EQ(FirstDifference(ReadAllHistory(cluster_->Gateway(i), channel_), ids), "")
        << "gateway " << i;
  }
}

void RetryFixture::ExpectAllSeeWhatTheLogShows() {
  const std::string end = "end" + std::to_string(++ends_);
  Send(0, end);
  const auto at_end = [&](const Member& member) {
    const auto ids = IdsOf(member.messages(), channel_);
    return !ids.empty() && ids.back() == Id(end);
  };
  copies_ = CopiesIn(DumpTopic(cluster_->Broker(), "chatting"), channel_);
  const std::vector<std::string> ids = IdsShown(copies_, window_, kLate);
  for (const auto& watcher : watchers_) {
    EXPECT_TRUE(watcher->WaitUntil(at_end));
    EXPECT_EQ(FirstDifference(IdsOf(watcher->messages(), channel_), ids), "");
  }
  ExpectHistoryShows(ids);

  cluster_->StopRouters();
  cluster_->StartRouters();
  ExpectHistoryShows(ids);
  Member late(cluster_->Gateway(1), "late");
  ASSERT_TRUE(late.Join(channel_, beginning_));
  EXPECT_TRUE(late.WaitUntil(at_end));
  EXPECT_EQ(FirstDifference(IdsOf(late.messages(), channel_), ids), "");
}

std::size_t RetryFixture::TimesShown(const std::string& name) const {
  return static_cast<std::size_t>(
      std::ranges::count(IdsOf(watchers_[0]->messages(), channel_), Id(name)));
}

milliseconds RetryFixture::Age(const std::string& name) const {
  std::vector<std::int64_t> times;
  for (const LoggedCopy& copy : copies_) {
    if (copy.id == Id(name)) times.push_back(copy.time_ms);
  }
  if (times.size() < 2) throw std::runtime_error("the log has no copies of " + name);
  return milliseconds(times.back() - times.front());
}

void RetryFixture::SendSweepFirsts() {
  for (int step = 0; step < 2 * kSweepHalf; ++step) Send(0, SweepName(step));
}

void RetryFixture::SendSweepCopies() {
  for (int step = 0; step < 2 * kSweepHalf; ++step) {
    AwaitAge(SweepName(step), window_ + kSweepStep * (step - kSweepHalf));
    Send(1 + static_cast<std::size_t>(step) % 3, SweepName(step), true);
  }
}

void RetryFixture::ExpectSweepCutAtTheWindow() const {
  milliseconds oldest_within{};
  milliseconds youngest_beyond = milliseconds::max();
  for (int step = 0; step < 2 * kSweepHalf; ++step) {
    const milliseconds age = Age(SweepName(step));
    EXPECT_EQ(TimesShown(SweepName(step)), age <= window_ ? 1u : 2u) << age.count() << " ms";
    if (age <= window_) oldest_within = std::max(oldest_within, age);
    if (age > window_) youngest_beyond = std::min(youngest_beyond, age);
  }
  // Otherwise this showed nothing.
  EXPECT_GT(oldest_within, window_ / 2);
  EXPECT_LT(youngest_beyond, window_ * 2);
}

double RetryFixture::RouterMetric(const std::string& name) const {
  return Cluster::Metric(cluster_->RouterAdmin(0), name) +
         Cluster::Metric(cluster_->RouterAdmin(1), name);
}

}  // namespace parley::test
