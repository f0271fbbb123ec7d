#include "services/gateway/link/link_config.h"

#include "services/common/process/options.h"

namespace parley::gateway {

void LinkConfig::Describe(process::Options& options) {
  using std::chrono::milliseconds;
  constexpr std::size_t kMiB = 1024 * 1024;
  options.Section("Links to the routers");
  options.Time("attach-deadline", feed.attach_deadline, milliseconds(100), milliseconds(60'000),
               "How long a join waits for a router");
  options.Time("read-deadline", feed.read_deadline, milliseconds(100), milliseconds(60'000),
               "How long a read of stored messages may take");
  options.Time("link-silence", feed.link_silence_max, milliseconds(300), milliseconds(60'000),
               "How long a router may be silent before others serve in its place");
  options.Count("channels-max", feed.channels_max, 1, 10'000'000,
                "Channels with members at this gateway, users' personal ones among them");
  options.Count("reads-max", feed.reads_max, 1, 1'000'000, "Reads of stored messages under way");
  options.Count("recent-messages", feed.recent_messages_per_channel_max, 1, 100'000,
                "Recent messages kept for each channel");
  options.Size("recent-bytes", feed.recent_bytes_max, kMiB, 64 * 1024 * kMiB,
               "Memory for the recent messages of all channels");
  options.Size("link-queue", queue_bytes_max, 64 * 1024, 1024 * kMiB,
               "What may wait for a router that does not read");
  options.Size("backlog-bytes", backlog_bytes_max, kMiB, 64 * 1024 * kMiB,
               "Messages that session loops may owe before routers have to wait");
}

}  // namespace parley::gateway
