#include "tests/simulation/server_stream.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/session_loop.h"

namespace parley::simulation {
namespace {

constexpr Duration kCloseLinger = std::chrono::seconds(5);

}  // namespace

ServerStream::ServerStream(SessionLoop& loop, std::shared_ptr<Stream> stream)
    : loop_(loop),
      stream_(std::move(stream)),
      session_({loop.session_config_, loop.context_.server, loop.hub_, loop.publisher_},
               SessionId(loop.uuids_.Next()), *this, loop.encoding_,
               loop.context_.scheduler.Now()) {}

ServerStream::~ServerStream() { stream_->Break(); }

void ServerStream::OnFrame(const edge::v1::ClientFrame& frame) {
  const Scheduler& scheduler = loop_.context_.scheduler;
  session_.OnFrame(frame, {scheduler.Now(), scheduler.SinceUnixEpoch()});
}

void ServerStream::OnWritten() {
  writing_ = false;
  session_.OnWritten();
  if (!writing_) WriteNext();
}

void ServerStream::Wake() {
  if (!writing_) WriteNext();
}

void ServerStream::Close(const gateway::Refusal&) {
  closing_ = true;
  loop_.context_.process.After(kCloseLinger, [stream = stream_] { stream->Break(); });
  if (!writing_) WriteNext();
}

void ServerStream::WriteNext() {
  gateway::Outbox& outbox = session_.events().outbox();
  if (outbox.empty()) {
    // Not at once: the session is still at work.
    if (closing_) loop_.context_.process.After({}, [stream = stream_] { stream->Break(); });
    return;
  }
  std::vector<gateway::SharedBytes> taken;
  outbox.Take({}, taken);
  std::string bytes;
  for (const gateway::SharedBytes& event : taken) {
    bytes.append(reinterpret_cast<const char*>(event.slice().begin()), event.size());
  }
  edge::v1::ServerFrame frame;
  if (!frame.ParseFromString(bytes)) std::abort();
  writing_ = true;
  stream_->to_client.Send([stream = stream_.get(), frame] { stream->on_server_frame(frame); });
}

}  // namespace parley::simulation
