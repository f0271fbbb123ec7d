#pragma once

#include <string>

#include "client/types.h"

namespace parley::v1 {
class ServerFrame;
}

namespace parley::client {

// Sees what a session's streams bring before the session judges it, duplicates and all: for tests
// and diagnostics. What still comes on a stream that the session has given up is not shown. Called
// on the session's thread, with streams one after the other; it must not call the session.
class FrameObserver {
 public:
  virtual ~FrameObserver() = default;
  // A stream is about to be opened to this server.
  virtual void OnStreamBegin(const std::string& server) = 0;
  virtual void OnFrame(const v1::ServerFrame& frame) = 0;
  // Nothing more comes on it. Also after a connection that did not come about.
  virtual void OnStreamEnd(const Error& why) = 0;
};

}  // namespace parley::client
