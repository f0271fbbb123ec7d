#pragma once

#include <memory>
#include <optional>

#include "services/gateway/session/session.h"
#include "services/gateway/session/transport.h"
#include "tests/simulation/stream.h"

namespace parley::simulation {

class SessionLoop;

// The gateway's end of a client stream, as the gRPC adapter is: one write in flight, made of all
// that is ready.
class ServerStream final : public gateway::Transport {
 public:
  ServerStream(SessionLoop& loop, std::shared_ptr<Stream> stream);
  ~ServerStream() override;

  gateway::Session& session() { return session_; }
  void OnFrame(const edge::v1::ClientFrame& frame);
  void OnWritten();

  void Wake() override;
  void Close(const gateway::Refusal& reason) override;

 private:
  void WriteNext();

  SessionLoop& loop_;
  const std::shared_ptr<Stream> stream_;
  bool writing_ = false;
  bool closing_ = false;
  gateway::Session session_;
};

}  // namespace parley::simulation
