#pragma once

#include <map>
#include <string>

#include "client/frame_observer.h"
#include "tests/chaos/compact_log.h"

namespace parley::chaos {

// What a session of the client library is sent, written down before the library judges it. Used on
// the session's thread; read when the session is closed.
class FrameLog final : public client::FrameObserver {
 public:
  explicit FrameLog(const std::string& user) : log_(words_, user) {}

  void OnStreamBegin(const std::string&) override {}
  void OnFrame(const v1::ServerFrame& frame) override;
  void OnStreamEnd(const client::Error& why) override;

  const CompactLog& log() const { return log_; }

 private:
  Words words_;
  CompactLog log_;
};

}  // namespace parley::chaos
