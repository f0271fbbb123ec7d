#include "services/router/feed/link_core.h"

#include <algorithm>
#include <utility>

#include "services/common/link_version.h"
#include "services/router/partition_core.h"

namespace parley::router {

using internal::v1::GatewayFrame;

LinkCore::LinkCore(LinkId id, const LogInfo& log, const LinkConfig& config,
                   const Partitions& partitions, LinkPort& port, RouterCounters& counters,
                   TimePoint now)
    : id_(id),
      log_(log),
      config_(config),
      partitions_(partitions),
      port_(port),
      counters_(counters),
      wrote_at_(now) {}

LinkCore::~LinkCore() { cut_ = true; }

void LinkCore::OnFrame(const GatewayFrame& frame, TimePoint now) {
  if (cut_) return;
  if (!greeted_ && frame.frame_case() != GatewayFrame::kHello) return Cut("no hello");
  switch (frame.frame_case()) {
    case GatewayFrame::kHello:
      return OnHello(frame.hello());
    case GatewayFrame::kServe:
      return OnServe(frame.serve());
    case GatewayFrame::kStop:
      return OnStop(frame.stop());
    case GatewayFrame::kAdd:
      return OnAdd(frame.add());
    case GatewayFrame::kRemove:
      return OnRemove(frame.remove());
    case GatewayFrame::kRead:
      return OnRead(frame.read(), now);
    case GatewayFrame::kPulse:
      return;
    case GatewayFrame::FRAME_NOT_SET:
      // A frame of a later version.
      ++counters_.frames_refused;
      return;
  }
}

void LinkCore::OnHello(const internal::v1::GatewayHello& hello) {
  if (!CommonLinkVersion(hello.version())) {
    return Cut("the gateway speaks version " + std::to_string(hello.version()) +
               " of the link at most, and this router none before " +
               std::to_string(kLinkVersionMin));
  }
  if (hello.log_epoch() != log_.epoch || hello.partitions() != log_.partitions) {
    return Cut("the gateway has another log");
  }
  greeted_ = true;
}

void LinkCore::OnServe(const internal::v1::Serve& request) {
  PartitionCore* partition = Find(partitions_, request.partition());
  if (partition == nullptr) {
    ++counters_.frames_refused;
    return;
  }
  if (static_cast<std::size_t>(request.channels_size()) > config_.channels_max) {
    return Cut("too many channels");
  }
  Slot& slot = serves_[request.partition()];
  if (slot.serve != nullptr && slot.serve->number() >= request.serve()) return;
  slot.serve.reset();
  slot.serve = std::make_unique<Serve>(*this, *partition, config_, counters_, request);
  slot.serve->Begin();
}

void LinkCore::OnStop(const internal::v1::Stop& request) {
  if (Current(request.partition(), request.serve()) != nullptr) {
    serves_[request.partition()].serve.reset();
  }
}

void LinkCore::OnAdd(const internal::v1::Add& request) {
  Serve* serve = Current(request.partition(), request.serve());
  if (serve == nullptr) return;
  if (serve->channels() >= config_.channels_max) return Cut("too many channels");
  serve->Add(request.channel(), request.add());
}

void LinkCore::OnRemove(const internal::v1::Remove& request) {
  Serve* serve = Current(request.partition(), request.serve());
  if (serve != nullptr) serve->Remove(request.channel());
}

void LinkCore::OnRead(const internal::v1::Read& request, TimePoint now) {
  PartitionCore* partition = Find(partitions_, request.partition());
  ++reads_;
  if (partition == nullptr || reads_ > config_.reads_max) {
    ++counters_.reads_busy;
    PageAnswer busy;
    busy.read = request.read();
    return QueueAnswer(busy);
  }
  partition->Read(id_, request, now);
}

Serve* LinkCore::Current(Partition partition, std::uint64_t number) {
  const auto slot = serves_.find(partition);
  if (slot == serves_.end() || slot->second.serve == nullptr) return nullptr;
  Serve* serve = slot->second.serve.get();
  return serve->number() == number ? serve : nullptr;
}

void LinkCore::Cut(const std::string& reason) {
  cut_ = true;
  serves_.clear();
  control_.clear();
  answers_.clear();
  ++counters_.links_cut;
  port_.Cut(id_, reason);
}

bool LinkCore::serving() const {
  return std::any_of(serves_.begin(), serves_.end(),
                     [](const auto& entry) { return entry.second.serve != nullptr; });
}

void LinkCore::QueueControl(const internal::v1::RouterFrame& frame) {
  if (cut_) return;
  control_.push_back(ControlFrame(frame));
}

void LinkCore::QueueAnswer(const PageAnswer& answer) {
  if (cut_) return;
  answers_.push_back(PageFrame(answer));
}

void LinkCore::MarkReady(Partition partition) {
  if (cut_) return;
  Slot& slot = serves_[partition];
  if (!std::exchange(slot.ready, true)) ready_.push_back(partition);
}

bool LinkCore::BeginHistoryPage(Partition partition) {
  if (history_pages_ >= config_.history_pages_max) {
    awaiting_history_.insert(partition);
    return false;
  }
  ++history_pages_;
  return true;
}

void LinkCore::EndHistoryPage() {
  --history_pages_;
  for (const Partition partition : std::exchange(awaiting_history_, {})) MarkReady(partition);
}

void LinkCore::Tick(TimePoint now) {
  if (cut_) return;
  if (control_.size() > config_.control_frames_max || answers_.size() > 2 * config_.reads_max) {
    return Cut("it does not read");
  }
  for (const auto& [partition, slot] : serves_) {
    if (slot.serve != nullptr && slot.serve->due(now)) MarkReady(partition);
  }
  if (control_.empty() && !writing_ && now - wrote_at_ >= config_.pulse_interval) {
    internal::v1::RouterFrame frame;
    frame.mutable_pulse();
    QueueControl(frame);
  }
}

void LinkCore::Pump(TimePoint now) {
  if (writing_ || cut_) return;
  std::optional<Frame> frame = NextFrame(now);
  if (!frame) return;
  writing_ = true;
  wrote_at_ = now;
  port_.Send(id_, std::move(*frame));
}

std::optional<Frame> LinkCore::NextFrame(TimePoint now) {
  if (!control_.empty()) {
    Frame frame = std::move(control_.front());
    control_.pop_front();
    return frame;
  }
  answers_turn_ = !answers_turn_;
  std::optional<Frame> frame = answers_turn_ ? NextAnswer() : NextDeliver(now);
  if (!frame) frame = answers_turn_ ? NextDeliver(now) : NextAnswer();
  return frame;
}

std::optional<Frame> LinkCore::NextAnswer() {
  if (answers_.empty()) return std::nullopt;
  Frame frame = std::move(answers_.front());
  answers_.pop_front();
  --reads_;
  return frame;
}

std::optional<Frame> LinkCore::NextDeliver(TimePoint now) {
  for (std::size_t turns = ready_.size(); turns > 0; --turns) {
    Slot& slot = serves_[ready_.front()];
    ready_.pop_front();
    slot.ready = false;
    if (slot.serve == nullptr) continue;
    if (std::optional<Frame> frame = slot.serve->Next(now)) return frame;
  }
  return std::nullopt;
}

}  // namespace parley::router
