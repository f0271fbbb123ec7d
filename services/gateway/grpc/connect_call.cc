#include "services/gateway/grpc/connect_call.h"

#include "services/common/rpc/bytes.h"
#include "services/gateway/grpc/status.h"

namespace parley::gateway {

void ConnectCall::Receive(const rpc::Bytes& message) {
  edge::v1::ClientFrame frame;
  if (rpc::Decode(message, frame)) {
    session().OnFrame(frame, loop().Now());
  } else {
    session().OnMalformed();
  }
}

RefusedConnect::RefusedConnect(rpc::ServerCall& call, const Refusal& refusal,
                               const NativeEncoding& encoding) {
  edge::v1::Event event;
  event.mutable_error()->set_code(refusal.code);
  event.mutable_error()->set_message(refusal.message);
  const grpc::Slice slice = encoding.EncodeEvent(event).slice();
  call.Write(rpc::Bytes(&slice, 1));
  FinishWith(call, refusal);
}

}  // namespace parley::gateway
