#include "services/gateway/presence/presence_questions.h"

#include <utility>

#include "parley/internal/v1/registry.pb.h"
#include "services/common/rpc/client_call.h"

namespace parley::gateway {

struct PresenceQuestions::Question {
  std::string method;
  rpc::Bytes request;
  Done done;
  TimePoint deadline{};
  std::size_t replica = 0;
  std::size_t tries_left = 0;
};

PresenceQuestions::PresenceQuestions(const RosterConfig& config, rpc::Loop& loop,
                                     const Clock& clock, Replicas& replicas)
    : config_(config), loop_(loop), clock_(clock), replicas_(replicas) {}

void PresenceQuestions::Members(const ChannelName& channel, std::uint32_t limit,
                                std::function<void(std::optional<RosterReply>)> done) {
  internal::v1::ChannelRequest request;
  request.set_channel(channel.value());
  request.set_limit(limit);
  Ask("/parley.internal.v1.Presence/Channel", rpc::Encode(request),
      [done = std::move(done)](const rpc::Bytes* bytes) {
        internal::v1::ChannelReply answer;
        if (bytes == nullptr || !rpc::Decode(*bytes, answer)) return done(std::nullopt);
        RosterReply reply;
        reply.total = answer.total();
        for (const auto& member : answer.members()) {
          reply.members.push_back({UserId(member.user()), member.sessions()});
        }
        done(std::move(reply));
      });
}

void PresenceQuestions::List(const std::string& prefix, std::uint32_t limit,
                             std::function<void(std::optional<ChannelListReply>)> done) {
  internal::v1::ListRequest request;
  request.set_prefix(prefix);
  request.set_limit(limit);
  Ask("/parley.internal.v1.Presence/ListChannels", rpc::Encode(request),
      [done = std::move(done)](const rpc::Bytes* bytes) {
        internal::v1::ListReply answer;
        if (bytes == nullptr || !rpc::Decode(*bytes, answer)) return done(std::nullopt);
        ChannelListReply reply;
        reply.more = answer.more();
        for (const auto& listed : answer.channels()) {
          reply.channels.push_back({ChannelName(listed.channel()), listed.members()});
        }
        done(std::move(reply));
      });
}

void PresenceQuestions::Ask(std::string method, rpc::Bytes request, Done done) {
  if (replicas_.size() == 0 || under_way_ >= config_.questions_max) return done(nullptr);
  ++under_way_;
  Try(std::make_shared<Question>(Question{.method = std::move(method),
                                          .request = std::move(request),
                                          .done = std::move(done),
                                          .deadline = clock_.Now() + config_.answer_timeout,
                                          .replica = replicas_.preferred(),
                                          .tries_left = replicas_.size()}));
}

void PresenceQuestions::Try(std::shared_ptr<Question> question) {
  const Duration left = question->deadline - clock_.Now();
  if (question->tries_left == 0 || left <= Duration::zero()) {
    --under_way_;
    return question->done(nullptr);
  }
  // One that hangs must leave time for the others.
  const Duration share = left / static_cast<Duration::rep>(question->tries_left--);
  rpc::CallUnary(loop_, replicas_.ChannelTo(question->replica), question->method, question->request,
                 share,
                 [this, weak = weak_from_this(), question](const grpc::Status& status,
                                                           const rpc::Bytes& answer) {
                   // The roster has ended, and whoever asked with it.
                   const auto self = weak.lock();
                   if (!self) return;
                   if (status.ok()) {
                     --under_way_;
                     return question->done(&answer);
                   }
                   replicas_.Failed(question->replica);
                   question->replica = replicas_.After(question->replica);
                   Try(question);
                 });
}

}  // namespace parley::gateway
