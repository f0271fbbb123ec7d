#include "tests/integration/raw_chat.h"

namespace parley::test {

RawChat::RawChat(const std::string& address)
    : channel_(Dial(address)),
      method_("/parley.v1.Chat/Connect", grpc::internal::RpcMethod::BIDI_STREAMING) {
  context_.set_wait_for_ready(true);
  context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  stream_.reset(
      grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>::Create(
          channel_.get(), method_, &context_));
}

RawChat::~RawChat() { context_.TryCancel(); }

void RawChat::Hello(const std::string& user) {
  edge::v1::ClientFrame frame;
  frame.set_ref(1);
  frame.mutable_hello()->set_user(user);
  Send(frame);
  NextWithRef(1);
}

void RawChat::Send(const edge::v1::ClientFrame& frame) { SendBytes(frame.SerializeAsString()); }

void RawChat::SendBytes(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  stream_->Write(grpc::ByteBuffer(&slice, 1));
}

bool RawChat::ReadFrame() {
  grpc::ByteBuffer bytes;
  if (!stream_->Read(&bytes)) return false;
  grpc::Slice whole;
  if (!bytes.DumpToSingleSlice(&whole).ok()) return false;
  edge::v1::ServerFrame frame;
  if (!frame.ParseFromArray(whole.begin(), static_cast<int>(whole.size()))) return false;
  for (edge::v1::Event& event : *frame.mutable_events()) events_.push_back(std::move(event));
  return true;
}

std::optional<edge::v1::Event> RawChat::NextWithRef(std::uint64_t ref) {
  while (true) {
    while (!events_.empty()) {
      edge::v1::Event event = std::move(events_.front());
      events_.pop_front();
      if (event.ref() == ref) return event;
    }
    if (!ReadFrame()) return std::nullopt;
  }
}

grpc::Status RawChat::End() {
  while (ReadFrame()) {
  }
  return stream_->Finish();
}

}  // namespace parley::test
