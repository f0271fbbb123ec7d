#include "tests/fakes/router/fake_gateway.h"

#include <algorithm>
#include <stdexcept>

#include "services/common/link_version.h"

namespace parley::router {

using internal::v1::GatewayFrame;
using internal::v1::RouterFrame;

FakeGateway::FakeGateway(const LogInfo& log, std::size_t routers)
    : log_(log), links_(routers), streams_(routers), claims_(routers) {
  for (FakeLink& link : links_) link.up = false;
}

void FakeGateway::LinkUp(std::size_t router) {
  FakeLink& link = links_.at(router);
  link.up = true;
  link.written_owed = false;
  link.to_gateway.clear();
  link.to_router.clear();
  streams_[router].clear();
  GatewayFrame frame;
  frame.mutable_hello()->set_version(kLinkVersion);
  frame.mutable_hello()->set_log_epoch(log_.epoch);
  frame.mutable_hello()->set_partitions(log_.partitions);
  link.to_router.push_back(frame);
}

void FakeGateway::LinkDown(std::size_t router) {
  FakeLink& link = links_.at(router);
  link.up = false;
  link.to_gateway.clear();
  link.to_router.clear();
  for (auto& [partition, served] : partitions_) {
    if (served.server != router) continue;
    served.server.reset();
    Pick(partition);
  }
}

FakeGateway::Served& FakeGateway::Of(const std::string& channel) {
  return partitions_[PartitionOf(ChannelName(channel), log_.partitions)];
}

void FakeGateway::Join(const std::string& channel) {
  const Partition partition = PartitionOf(ChannelName(channel), log_.partitions);
  Served& served = partitions_[partition];
  sessions_[channel] = {};
  if (!served.server || !links_[*served.server].up) {
    served.pending[channel] = {};
    Pick(partition);
    return;
  }
  served.pending[channel] = {false, ++last_add_};
  GatewayFrame frame;
  frame.mutable_add()->set_partition(partition);
  frame.mutable_add()->set_serve(served.serve);
  frame.mutable_add()->set_channel(channel);
  frame.mutable_add()->set_add(last_add_);
  links_[*served.server].to_router.push_back(frame);
}

void FakeGateway::Leave(const std::string& channel) {
  const Partition partition = PartitionOf(ChannelName(channel), log_.partitions);
  Served& served = partitions_[partition];
  sessions_.erase(channel);
  served.attached.erase(channel);
  served.pending.erase(channel);
  if (served.server && links_[*served.server].up) {
    GatewayFrame frame;
    frame.mutable_remove()->set_partition(partition);
    frame.mutable_remove()->set_serve(served.serve);
    frame.mutable_remove()->set_channel(channel);
    links_[*served.server].to_router.push_back(frame);
  }
  if (served.attached.empty() && served.pending.empty()) {
    Stop(partition);
    served.server.reset();
    served.cursor.reset();
    ++served.serve;
  }
}

void FakeGateway::Stop(Partition partition) {
  const Served& served = partitions_[partition];
  if (!served.server || !links_[*served.server].up) return;
  GatewayFrame frame;
  frame.mutable_stop()->set_partition(partition);
  frame.mutable_stop()->set_serve(served.serve);
  links_[*served.server].to_router.push_back(frame);
}

void FakeGateway::Move(Partition partition, std::size_t router) {
  Served& served = partitions_[partition];
  const bool wanted = !served.attached.empty() || !served.pending.empty();
  if (wanted && links_[router].up && served.server != router) Serve(partition, router);
}

void FakeGateway::Pick(Partition partition) {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const std::size_t router = (static_cast<std::size_t>(partition) + i) % links_.size();
    if (links_[router].up) return Serve(partition, router);
  }
}

void FakeGateway::Serve(Partition partition, std::size_t router) {
  Served& served = partitions_[partition];
  if (served.server != router) Stop(partition);
  ++served.serve;
  served.server = router;
  served.answered = false;
  GatewayFrame frame;
  internal::v1::Serve& request = *frame.mutable_serve();
  request.set_partition(partition);
  request.set_serve(served.serve);
  if (served.cursor) request.set_cursor(*served.cursor);
  for (const auto& [channel, at] : served.attached) request.add_channels(channel);
  for (auto& [channel, pending] : served.pending) {
    request.add_channels(channel);
    pending = {true, served.serve};
  }
  links_[router].to_router.push_back(frame);
  if (served.cursor) streams_[router][partition] = {served.serve, served.cursor};
}

void FakeGateway::AskAgain() {
  for (auto& [partition, served] : partitions_) {
    if (served.pending.empty() && served.attached.empty()) continue;
    if (!served.server) {
      Pick(partition);
    } else if (!served.answered || !served.pending.empty()) {
      Serve(partition, *served.server);
    }
  }
}

bool FakeGateway::Receive(std::size_t router) {
  FakeLink& link = links_.at(router);
  if (!link.up || link.to_gateway.empty()) return false;
  const RouterFrame frame = std::move(link.to_gateway.front());
  link.to_gateway.pop_front();
  switch (frame.frame_case()) {
    case RouterFrame::kClaim:
      claims_[router].assign(frame.claim().partitions().begin(), frame.claim().partitions().end());
      break;
    case RouterFrame::kDeliver:
      OnDeliver(router, frame.deliver());
      break;
    case RouterFrame::kAdded:
      OnAdded(router, frame.added());
      break;
    case RouterFrame::kLost:
      OnLost(router, frame.lost());
      break;
    default:
      break;
  }
  return true;
}

void FakeGateway::CheckOrder(std::size_t router, const internal::v1::Deliver& deliver) {
  Stream& stream = streams_[router][deliver.partition()];
  if (stream.serve == deliver.serve() && stream.through && *stream.through != deliver.from()) {
    throw std::logic_error("partition " + std::to_string(deliver.partition()) + ": from " +
                           std::to_string(deliver.from()) + " after through " +
                           std::to_string(*stream.through));
  }
  if (stream.serve <= deliver.serve()) stream = {deliver.serve(), deliver.through()};
  Offset last = deliver.from();
  for (const internal::v1::LinkRecord& record : deliver.records()) {
    if (record.offset() <= last || record.offset() > deliver.through()) {
      throw std::logic_error("record " + std::to_string(record.offset()) + " out of place");
    }
    last = record.offset();
  }
}

void FakeGateway::OnDeliver(std::size_t router, const internal::v1::Deliver& deliver) {
  CheckOrder(router, deliver);
  Served& served = partitions_[deliver.partition()];
  if (deliver.serve() != served.serve) return;
  if (!served.answered) {
    served.answered = true;
    if (!served.cursor) served.cursor = deliver.from();
    const std::map<std::string, Request> pending = served.pending;
    for (const auto& [channel, request] : pending) {
      if (request.with_serve && request.number == deliver.serve())
        Attach(served, channel, *served.cursor);
    }
  }
  if (deliver.from() > *served.cursor) throw std::logic_error("a hole");
  for (const internal::v1::LinkRecord& record : deliver.records()) {
    const auto attached = served.attached.find(record.channel());
    if (record.offset() <= *served.cursor || attached == served.attached.end()) continue;
    if (record.offset() <= attached->second) continue;
    sessions_.at(record.channel()).seen.push_back(record.offset());
  }
  served.cursor = std::max(*served.cursor, deliver.through());
}

void FakeGateway::OnAdded(std::size_t router, const internal::v1::Added& added) {
  Served& served = partitions_[added.partition()];
  const auto pending = served.pending.find(added.channel());
  if (pending == served.pending.end() || pending->second.with_serve) return;
  if (pending->second.number != added.add() || served.server != router) return;
  if (!served.cursor) served.cursor = added.at();
  Attach(served, added.channel(), added.at());
}

void FakeGateway::OnLost(std::size_t router, const internal::v1::Lost& lost) {
  Stream& stream = streams_[router][lost.partition()];
  if (stream.serve <= lost.serve()) stream = {lost.serve(), lost.through()};
  Served& served = partitions_[lost.partition()];
  if (lost.serve() != served.serve || !served.cursor || lost.through() <= *served.cursor) return;
  served.cursor = lost.through();
  for (const auto& [channel, at] : served.attached)
    sessions_.at(channel).lost_through = lost.through();
}

void FakeGateway::Attach(Served& served, const std::string& channel, Offset at) {
  served.pending.erase(channel);
  served.attached[channel] = at;
  sessions_.at(channel).at = at;
}

std::optional<Offset> FakeGateway::Cursor(Partition partition) const {
  const auto served = partitions_.find(partition);
  return served == partitions_.end() ? std::nullopt : served->second.cursor;
}

}  // namespace parley::router
