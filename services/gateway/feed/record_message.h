#pragma once

#include <optional>

#include "parley/internal/v1/link.pb.h"
#include "services/common/position.h"
#include "services/gateway/hub/feed_port.h"

namespace parley::gateway {

// Makes of a record from a link what hubs hand out. Takes the record's strings.
[[nodiscard]] MessagePtr MakeMessage(internal::v1::LinkRecord& record, LogEpoch epoch,
                                     Partition partition, std::optional<Offset> previous);

}  // namespace parley::gateway
