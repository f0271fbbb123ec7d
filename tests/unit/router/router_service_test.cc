#include "services/router/router.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <prometheus/registry.h>

#include "services/common/chat_record.h"
#include "services/common/kafka/consumer.h"
#include "services/common/kafka/embedded_broker.h"
#include "services/common/kafka/log_store.h"
#include "services/common/kafka/producer.h"
#include "tests/fakes/router/fake_network.h"

namespace parley::router {
namespace {

using internal::v1::GatewayFrame;
using internal::v1::RouterFrame;

constexpr Partition kPartitions = 4;
constexpr int kChannels = 20;

std::string Channel(int number) { return "channel-" + std::to_string(number % kChannels); }

// A router between the embedded broker and a fake gateway.
class RouterServiceTest : public ::testing::Test {
 protected:
  RouterServiceTest() {
    client_.brokers = broker_.address();
    client_.embedded = true;
    log_ = kafka::LogStore(client_).ReadAgreed(std::chrono::seconds(5)).info.value();
    network_ = std::make_unique<FakeNetwork>(log_.epoch, log_.partitions);
    producer_ = std::make_unique<kafka::Producer>(
        client_, std::vector<std::string>{kafka::kChattingTopic}, logger_, registry_);
    config_.id = "router";
    config_.admin_listen = "127.0.0.1:0";
    config_.presence_addresses = {network_->address()};
    config_.kafka = client_;
    // The fake gateway has no other router.
    config_.hand_over_timeout = std::chrono::milliseconds(100);
    router_ = std::make_unique<Router>(config_, clock_, logger_);
  }

  ~RouterServiceTest() override {
    router_.reset();
    producer_.reset();
  }

  void Produce(Partition partition, std::string key, std::string value,
               std::vector<std::pair<std::string, std::string>> headers) {
    const auto accepted = producer_->Produce(
        {kafka::kChattingTopic, partition, std::move(key), std::move(value), std::move(headers)},
        [](const kafka::Delivery&) {});
    ASSERT_EQ(accepted, kafka::Accepted::kYes);
  }

  void Publish(int number) {
    ChatMessage message;
    message.channel = ChannelName(Channel(number));
    message.id = MessageId("id-" + std::to_string(number));
    message.sender = UserId("someone");
    message.content = "message " + std::to_string(number);
    Produce(PartitionOf(message.channel, kPartitions), Channel(number), SerializeRecord(message),
            {{std::string(kContentTypeHeader), std::string(kContentTypeProtobuf)}});
  }

  void StopEverything() {
    for (Partition partition = 0; partition < kPartitions; ++partition) {
      GatewayFrame frame;
      frame.mutable_stop()->set_partition(partition);
      frame.mutable_stop()->set_serve(1);
      network_->Send(frame);
    }
  }

  void ServeEverything() {
    for (Partition partition = 0; partition < kPartitions; ++partition) {
      GatewayFrame frame;
      frame.mutable_serve()->set_partition(partition);
      frame.mutable_serve()->set_serve(1);
      for (int channel = 0; channel < kChannels; ++channel) {
        const ChannelName name(Channel(channel));
        if (PartitionOf(name, kPartitions) == partition)
          frame.mutable_serve()->add_channels(name.value());
      }
      network_->Send(frame);
    }
  }

  static std::map<std::string, std::vector<Offset>> Delivered(const FakeNetwork::Frames& frames) {
    std::map<std::string, std::vector<Offset>> delivered;
    for (const RouterFrame& frame : frames) {
      for (const internal::v1::LinkRecord& record : frame.deliver().records()) {
        delivered[record.channel()].push_back(record.offset());
      }
    }
    return delivered;
  }

  static std::size_t Count(const FakeNetwork::Frames& frames) {
    std::size_t count = 0;
    for (const RouterFrame& frame : frames) {
      count += static_cast<std::size_t>(frame.deliver().records_size());
    }
    return count;
  }

  static bool AnsweredEverywhere(const FakeNetwork::Frames& frames) {
    std::map<Partition, int> answers;
    for (const RouterFrame& frame : frames) {
      if (frame.has_deliver()) ++answers[frame.deliver().partition()];
    }
    return answers.size() == kPartitions;
  }

  const SystemClock clock_;
  const Logger logger_{"test", LogLevel::kError, Logger::Format::kText};
  prometheus::Registry registry_;
  kafka::EmbeddedBroker broker_{{.chatting_partitions = kPartitions}};
  kafka::ClientConfig client_;
  LogInfo log_;
  std::unique_ptr<FakeNetwork> network_;
  std::unique_ptr<kafka::Producer> producer_;
  RouterConfig config_;
  std::unique_ptr<Router> router_;
};

TEST_F(RouterServiceTest, CarriesTheLogToAGatewayThatAsks) {
  ASSERT_TRUE(network_->Await([](const auto& frames) {
    return !frames.empty() && frames.front().hello().router_id() == "router";
  }));
  ServeEverything();
  ASSERT_TRUE(network_->Await(AnsweredEverywhere));

  constexpr int kMessages = 2000;
  for (int i = 0; i < kMessages; ++i) Publish(i);
  ASSERT_TRUE(network_->Await([](const auto& frames) { return Count(frames) >= kMessages; }));

  ASSERT_TRUE(network_->Await([](const auto& frames) {
    for (const auto& [channel, offsets] : Delivered(frames)) {
      EXPECT_EQ(offsets.size(), kMessages / kChannels) << channel;
      EXPECT_TRUE(std::is_sorted(offsets.begin(), offsets.end())) << channel;
    }
    return true;
  }));

  GatewayFrame read;
  read.mutable_read()->set_read(7);
  read.mutable_read()->set_channel(Channel(0));
  read.mutable_read()->set_partition(PartitionOf(ChannelName(Channel(0)), kPartitions));
  read.mutable_read()->set_before(INT64_MAX);
  read.mutable_read()->set_limit(10);
  network_->Send(read);
  ASSERT_TRUE(network_->Await([](const auto& frames) {
    return std::any_of(frames.begin(), frames.end(), [](const RouterFrame& frame) {
      return frame.read().read() == 7 && frame.read().records_size() == 10;
    });
  }));
}

TEST_F(RouterServiceTest, AnOwnerMovesWhatIsMisplacedAndBuriesWhatIsUnreadable) {
  const std::string channel = "kcat";
  const Partition home = PartitionOf(ChannelName(channel), kPartitions);
  GatewayFrame serve;
  serve.mutable_serve()->set_partition(home);
  serve.mutable_serve()->set_serve(1);
  serve.mutable_serve()->add_channels(channel);
  ASSERT_TRUE(network_->Await([](const auto& frames) { return !frames.empty(); }));
  network_->Send(serve);
  ASSERT_TRUE(network_->Await([](const auto& frames) {
    return std::any_of(frames.begin(), frames.end(),
                       [](const auto& frame) { return frame.has_deliver(); });
  }));

  Produce((home + 1) % kPartitions, channel, R"({"content":"hi","user_id":"bob"})", {});
  Produce(home, channel, "{ not json", {});
  ASSERT_TRUE(network_->Await([](const auto& frames) { return Count(frames) >= 1; }));
  ASSERT_TRUE(network_->Await([&](const auto& frames) {
    for (const RouterFrame& frame : frames) {
      for (const internal::v1::LinkRecord& record : frame.deliver().records()) {
        EXPECT_EQ(record.channel(), channel);
        EXPECT_EQ(record.content(), "hi");
        EXPECT_EQ(record.sender(), "bob");
      }
    }
    return true;
  }));

  kafka::Consumer dead_letters(client_, {.name = "dead-letters", .topic = kafka::kDeadLetterTopic},
                               logger_, registry_);
  ASSERT_EQ(dead_letters.Start(home, kafka::kLogBegin), std::nullopt);
  std::vector<std::string> values;
  const TimePoint deadline = clock_.Now() + std::chrono::seconds(10);
  while (values.empty() && clock_.Now() < deadline) {
    for (const kafka::Message& message : dead_letters.Poll(10, std::chrono::milliseconds(100))) {
      if (message.kind() == kafka::Message::Kind::kRecord)
        values.emplace_back(*message.raw().value);
    }
  }
  EXPECT_EQ(values, std::vector<std::string>{"{ not json"});
}

TEST_F(RouterServiceTest, ALinkThatBreaksIsMadeAgain) {
  const auto greetings = [](std::ptrdiff_t wanted) {
    return [wanted](const FakeNetwork::Frames& frames) {
      return std::count_if(frames.begin(), frames.end(),
                           [](const RouterFrame& frame) { return frame.has_hello(); }) == wanted;
    };
  };
  ASSERT_TRUE(network_->Await(greetings(1)));
  network_->BreakLink();
  EXPECT_TRUE(network_->Await(greetings(2)));
}

// All that it knows is of one epoch: a new one is begun with empty hands, in the same process.
TEST_F(RouterServiceTest, ANewEpochIsServedFromThenOn) {
  ASSERT_TRUE(network_->Await([](const auto& frames) { return !frames.empty(); }));
  ServeEverything();
  ASSERT_TRUE(network_->Await(AnsweredEverywhere));
  Publish(0);
  ASSERT_TRUE(network_->Await([](const auto& frames) { return Count(frames) == 1; }));

  LogInfo next = log_;
  next.epoch += 1;
  network_->SetEpoch(next.epoch);
  ASSERT_EQ(kafka::WriteLogInfo(client_, next, std::chrono::seconds(5)), std::nullopt);
  ASSERT_TRUE(network_->Await([&](const auto& frames) {
    return std::any_of(frames.begin(), frames.end(), [&](const RouterFrame& frame) {
      return frame.hello().log_epoch() == next.epoch;
    });
  }));
  ServeEverything();
  ASSERT_TRUE(network_->Await([](const auto& frames) {
    const auto last_hello = std::find_if(frames.rbegin(), frames.rend(),
                                         [](const auto& frame) { return frame.has_hello(); });
    return AnsweredEverywhere(FakeNetwork::Frames(last_hello.base(), frames.end()));
  }));
  Publish(1);
  ASSERT_TRUE(network_->Await([](const auto& frames) { return Count(frames) == 2; }));
}

TEST_F(RouterServiceTest, SaysThatItLeaves) {
  ASSERT_TRUE(network_->Await([](const auto& frames) { return !frames.empty(); }));
  router_->Stop();
  EXPECT_TRUE(network_->Await([](const auto& frames) {
    return std::any_of(frames.begin(), frames.end(),
                       [](const auto& frame) { return frame.has_leaving(); });
  }));
}

// It would wait for longer than a test may take.
TEST_F(RouterServiceTest, ServesOnUntilTheGatewayHasMovedAndThenEnds) {
  router_.reset();
  config_.hand_over_timeout = std::chrono::hours(1);
  network_ = std::make_unique<FakeNetwork>(log_.epoch, log_.partitions);
  config_.presence_addresses = {network_->address()};
  router_ = std::make_unique<Router>(config_, clock_, logger_);
  ASSERT_TRUE(network_->Await([](const auto& frames) { return !frames.empty(); }));
  ServeEverything();
  ASSERT_TRUE(network_->Await(AnsweredEverywhere));

  std::jthread stopping([this] { router_->Stop(); });
  ASSERT_TRUE(network_->Await([](const auto& frames) {
    return std::any_of(frames.begin(), frames.end(),
                       [](const auto& frame) { return frame.has_leaving(); });
  }));
  Publish(0);
  EXPECT_TRUE(network_->Await([](const auto& frames) { return Count(frames) == 1; }));
  StopEverything();
}

}  // namespace
}  // namespace parley::router
