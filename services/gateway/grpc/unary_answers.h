#pragma once

#include "parley/edge/v1/chat.pb.h"
#include "services/gateway/grpc/unary_call.h"
#include "services/gateway/hub/roster_port.h"
#include "services/gateway/session_loop.h"

namespace parley::gateway {

// The unary methods of `parley.v1.Chat`. Called on the loop; `done` runs there, once.

void AnswerPublish(SessionLoop& loop, const edge::v1::PublishRequest& request,
                   UnaryDone<edge::v1::PublishResponse> done);
void AnswerHistory(SessionLoop& loop, const edge::v1::HistoryRequest& request,
                   UnaryDone<edge::v1::HistoryResponse> done);
void AnswerListChannels(SessionLoop& loop, RosterPort& roster,
                        const edge::v1::ListChannelsRequest& request,
                        UnaryDone<edge::v1::ListChannelsResponse> done);
void AnswerMembers(SessionLoop& loop, RosterPort& roster, const edge::v1::MembersRequest& request,
                   UnaryDone<edge::v1::MembersResponse> done);

}  // namespace parley::gateway
