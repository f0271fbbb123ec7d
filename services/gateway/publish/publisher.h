#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "services/common/clock.h"
#include "services/common/position.h"
#include "services/common/text.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/publish/ack.h"
#include "services/gateway/publish/draft.h"
#include "services/gateway/publish/log_writer.h"
#include "services/gateway/publish/uuid_source.h"

namespace parley::gateway {

struct PublisherConfig {
  std::size_t content_bytes_max = kContentBytesMaxDefault;
  std::size_t in_flight_max = 10'000;  // Records that Kafka has not reported on, of this loop.
  Duration deadline = std::chrono::seconds(5);
  // A loop that was not ticked for longer than this stood still, and takes no publishes for a
  // while: ADR 0009 says why.
  Duration stall_max = std::chrono::seconds(5);
  Duration stall_grace = std::chrono::seconds(5);
};

// Takes publishes of one session loop to the log and brings back what became of them. Pure: the log
// is a port and time is handed in. A publish that is not reported within the deadline is told as
// unknown, never as not stored; its record stays counted until the report comes, because it still
// takes room in the producer.
//
// A publish to `@bob` is a direct message: the same record goes to the personal channels of the
// receiver and of the sender (once, when they are the same), with a header that names the receiver.
// It is acked, as a message of the receiver's channel, once both are stored. If only one is, the
// outcome is unknown: a retry repeats both, and each is shown once.
//
// After the process stood still, what comes in may have waited in its sockets for so long that its
// senders have repeated it elsewhere, and routers do not reach back far enough to know the late
// copy for what it is. So publishes are refused until the sockets have been read.
class Publisher final {
 public:
  // Runs once for each publish; inside `Publish` when it is refused there.
  using Done = std::function<void(const PublishOutcome&)>;

  Publisher(const PublisherConfig& config, LogWriter& log_writer, UuidSource& uuids,
            PublishMetrics& metrics);
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // What the log is, as soon as Kafka has said so. Until then publishes are refused.
  void SetLog(const LogInfo& log) { log_ = log; }

  void Publish(Draft draft, TimePoint now, Done done);

  // Gives up on what is past its deadline. Call it a few times a second: that it was not called is
  // how a stall is noticed.
  void Tick(TimePoint now);

  std::size_t in_flight() const { return in_flight_; }

 private:
  struct Pending {
    UnackedPublish publish;
    TimePoint started;
    Done done;  // Empty once it has run.
    int reports_missing = 1;
    // What became of the records that are reported on.
    std::optional<kafka::StoreOutcome> outcome{};
    Offset offset = -1;  // Of the record in the channel that the ack names.
  };
  // Which record of a publish a report is about.
  enum class Copy { kNamed, kSenders };

  // The publish is in the log's hands, or this is why not.
  [[nodiscard]] std::optional<Refusal> Append(Draft draft, TimePoint now, Done& done);
  [[nodiscard]] kafka::Accepted AppendCopy(Copy copy, std::uint64_t number,
                                           kafka::OutgoingRecord record);
  void OnReport(std::uint64_t number, Copy copy, const kafka::Delivery& delivery, TimePoint now);
  void ForgetFinished();
  void NoticeStall(TimePoint now);

  const PublisherConfig config_;
  LogWriter& log_writer_;
  UuidSource& uuids_;
  PublishMetrics& metrics_;
  std::optional<LogInfo> log_;
  // In the order of their numbers and so of their deadlines.
  std::deque<Pending> pending_;
  std::uint64_t first_number_ = 0;  // Of the front of `pending_`.
  std::size_t in_flight_ = 0;
  std::optional<TimePoint> ticked_at_;
  TimePoint refuses_until_ = TimePoint::min();
};

}  // namespace parley::gateway
