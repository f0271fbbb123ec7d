#include "services/gateway/grpc/unary_answers.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "services/gateway/publish/validate.h"
#include "services/gateway/session/history.h"

namespace parley::gateway {
namespace {

constexpr std::size_t kHistoryBytesMax = 1024 * 1024;  // A quarter of what clients take by default.
constexpr std::uint32_t kListLimitDefault = 1000;
constexpr std::uint32_t kListLimitMax = 10'000;

std::uint32_t ListLimit(std::uint32_t asked) {
  return asked == 0 ? kListLimitDefault : std::min(asked, kListLimitMax);
}

Refusal NoPresence() {
  return {edge::v1::ERROR_UNAVAILABLE, "presence cannot be reached; try again"};
}

edge::v1::PublishResponse ResponseOf(const Ack& ack) {
  edge::v1::PublishResponse response;
  response.set_channel(ack.channel.value());
  response.set_id(ack.id.value());
  response.set_position(ack.position);
  return response;
}

edge::v1::MembersResponse ResponseOf(const RosterReply& roster) {
  edge::v1::MembersResponse response;
  for (const RosterMember& member : roster.members) {
    auto* listed = response.add_members();
    listed->set_user(member.user.value());
    listed->set_sessions(member.sessions);
  }
  response.set_total(roster.total);
  return response;
}

edge::v1::ListChannelsResponse ResponseOf(const ChannelListReply& list) {
  edge::v1::ListChannelsResponse response;
  for (const ChannelListing& listing : list.channels) {
    auto* channel = response.add_channels();
    channel->set_channel(listing.channel.value());
    channel->set_members(listing.members);
  }
  response.set_more(list.more);
  return response;
}

// The roster answers on a loop of its own; this brings the answer to the call's.
template <class Response, class Reply>
std::function<void(std::optional<Reply>)> OnLoop(SessionLoop& loop, UnaryDone<Response> done) {
  return [&loop, done = std::move(done)](std::optional<Reply> reply) {
    loop.loop().Post([done, reply = std::move(reply)] {
      if (reply) {
        done(ResponseOf(*reply));
      } else {
        done(NoPresence());
      }
    });
  };
}

}  // namespace

void AnswerPublish(SessionLoop& loop, const edge::v1::PublishRequest& request,
                   UnaryDone<edge::v1::PublishResponse> done) {
  const Arrival arrival = loop.Now();
  loop.publisher().Publish(MakeDraft(request, request.user(), arrival.since_unix_epoch),
                           arrival.now, [done = std::move(done)](const PublishOutcome& outcome) {
                             if (const Refusal* refusal = std::get_if<Refusal>(&outcome)) {
                               done(*refusal);
                             } else {
                               done(ResponseOf(std::get<Ack>(outcome)));
                             }
                           });
}

void AnswerHistory(SessionLoop& loop, const edge::v1::HistoryRequest& request,
                   UnaryDone<edge::v1::HistoryResponse> done) {
  auto judged = JudgeHistory(request.channel(), UserId(), request.before(), request.limit(),
                             kHistoryBytesMax, loop.hub().log());
  if (const Refusal* refusal = std::get_if<Refusal>(&judged)) {
    done(*refusal);
    return;
  }
  loop.hub().ReadPage(
      std::get<PageRequest>(std::move(judged)),
      [&loop, channel = ChannelName(request.channel()), done = std::move(done)](const Page& page) {
        auto made = MakeHistory(page, channel, *loop.hub().log());
        if (const Refusal* refusal = std::get_if<Refusal>(&made)) {
          done(*refusal);
          return;
        }
        History& history = std::get<History>(made);
        edge::v1::HistoryResponse response;
        response.mutable_messages()->Swap(&history.messages);
        response.set_older(history.older);
        done(response);
      });
}

void AnswerListChannels(SessionLoop& loop, RosterPort& roster,
                        const edge::v1::ListChannelsRequest& request,
                        UnaryDone<edge::v1::ListChannelsResponse> done) {
  if (const auto refusal = ValidateChannelPrefix(request.prefix())) {
    done(*refusal);
    return;
  }
  roster.List(request.prefix(), ListLimit(request.limit()),
              OnLoop<edge::v1::ListChannelsResponse, ChannelListReply>(loop, std::move(done)));
}

void AnswerMembers(SessionLoop& loop, RosterPort& roster, const edge::v1::MembersRequest& request,
                   UnaryDone<edge::v1::MembersResponse> done) {
  if (const auto refusal = ValidateAccess(request.channel(), UserId())) {
    done(*refusal);
    return;
  }
  roster.Members(ChannelName(request.channel()), ListLimit(request.limit()),
                 OnLoop<edge::v1::MembersResponse, RosterReply>(loop, std::move(done)));
}

}  // namespace parley::gateway
