#include "cli/probe/route.h"

#include <future>
#include <utility>
#include <variant>

#include "client/message_id.h"

namespace parley::cli {
namespace {

struct Acked {
  client::PublishResult result;
  Duration after;
};

ProbeOutcome OutcomeOf(const client::PublishResult& result) {
  if (result.outcome == client::Outcome::kStored) return ProbeOutcome::kLost;
  const bool unknown = result.outcome == client::Outcome::kUnknown;
  return unknown ? ProbeOutcome::kUnknown : ProbeOutcome::kNotStored;
}

}  // namespace

Route::Route(const client::Options& options, const Sides& sides, ChannelName channel,
             Duration timeout)
    : channel_(std::move(channel)),
      timeout_(timeout),
      receiver_(Connect(options, sides.receivers)),
      sender_(Connect(options, sides.senders)) {
  if (trouble_) return;
  if (const auto joined = receiver_->Join(channel_); !joined) trouble_ = joined.error.message;
}

std::unique_ptr<client::Session> Route::Connect(client::Options options,
                                                const std::vector<std::string>& servers) {
  if (trouble_) return nullptr;
  options.servers = servers;
  options.connect_deadline = options.request_deadline = options.publish_deadline = timeout_;
  auto session = client::Client(std::move(options)).Connect();
  if (session) return std::move(*session);
  trouble_ = session.error.message;
  return nullptr;
}

std::string Route::Name() const {
  return sender_->info().server.value() + " -> " + receiver_->info().server.value();
}

ProbeResult Route::Send() {
  const MessageId id = client::NewMessageId();
  const TimePoint start = clock_.Now();
  std::future<client::PublishResult> ack =
      sender_->Publish({.channel = channel_, .content = "probe", .id = id});
  // Somebody has to look at the clock when the ack comes, while this thread waits for the message.
  std::future<Acked> acked = std::async(std::launch::async, [this, start, &ack] {
    client::PublishResult result = ack.get();
    return Acked{std::move(result), clock_.Now() - start};
  });
  ProbeResult result;
  result.delivered = Receive(id, start);
  const Acked answer = acked.get();
  const bool is_stored = answer.result.outcome == client::Outcome::kStored;
  if (is_stored) result.acked = answer.after;
  result.outcome = result.delivered ? ProbeOutcome::kDelivered : OutcomeOf(answer.result);
  if (!result.delivered) {
    result.why = is_stored ? "acked, and not received in time" : answer.result.error.message;
  }
  return result;
}

std::optional<Duration> Route::Receive(const MessageId& id, TimePoint start) {
  while (true) {
    const Duration left = start + timeout_ - clock_.Now();
    if (left <= Duration::zero()) return std::nullopt;
    const std::optional<client::Event> event = receiver_->Next(left);
    if (!event || std::holds_alternative<client::Closed>(*event)) return std::nullopt;
    const auto* message = std::get_if<client::Message>(&*event);
    if (message != nullptr && message->id == id) return clock_.Now() - start;
  }
}

}  // namespace parley::cli
