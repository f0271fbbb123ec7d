#include "tests/chaos/frame_log.h"

#include "parley/v1/chat.pb.h"

namespace parley::chaos {

void FrameLog::OnFrame(const v1::ServerFrame& frame) {
  using Kind = CompactLog::Kind;
  const std::int64_t now_us = NowUs();
  for (const v1::Event& event : frame.events()) {
    if (event.has_message()) {
      const v1::Message& message = event.message();
      log_.Add(Kind::kReceived, now_us, message.channel(), message.id(), message.position(),
               message.previous());
    } else if (event.has_checkpoint()) {
      log_.Add(Kind::kCheckpoint, now_us, event.checkpoint().channel(), {},
               event.checkpoint().position());
    } else if (event.has_joined()) {
      const v1::Joined& joined = event.joined();
      log_.Add(Kind::kJoined, now_us, joined.channel(), {}, joined.position()).flag =
          joined.recovery() == v1::RECOVERY_COMPLETE;
    } else if (event.has_discontinuity()) {
      log_.Add(Kind::kLost, now_us, event.discontinuity().channel(), {},
               event.discontinuity().position());
    }
  }
}

void FrameLog::OnStreamEnd(const client::Error&) {
  log_.Add(CompactLog::Kind::kDisconnected, NowUs(), {});
}

}  // namespace parley::chaos
