#include "tests/chaos/quorum.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/chaos/loopback.h"

namespace parley::chaos {
namespace {

constexpr std::int16_t kDescribeQuorum = 55;
constexpr std::string_view kTopic = "__cluster_metadata";
constexpr std::string_view kClient = "parley-chaos";
constexpr std::size_t kAnswerMax = 1 << 20;

template <class Number>
void Put(std::string& bytes, Number number) {
  for (int shift = static_cast<int>(sizeof number) * 8 - 8; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(number >> shift));
  }
}

// Of the flexible versions: lengths are one more, in one byte as long as they are small.
void PutCompactLength(std::string& bytes, std::size_t length) {
  bytes.push_back(static_cast<char>(length + 1));
}

std::string Request() {
  std::string bytes;
  Put(bytes, kDescribeQuorum);
  Put(bytes, std::int16_t{0});  // Version.
  Put(bytes, std::int32_t{1});  // Correlation.
  Put(bytes, static_cast<std::int16_t>(kClient.size()));
  bytes += kClient;
  bytes.push_back(0);  // No tags.
  PutCompactLength(bytes, 1);
  PutCompactLength(bytes, kTopic.size());
  bytes += kTopic;
  PutCompactLength(bytes, 1);
  Put(bytes, std::int32_t{0});  // Partition.
  bytes += std::string(3, '\0');
  std::string framed;
  Put(framed, static_cast<std::int32_t>(bytes.size()));
  return framed + bytes;
}

// Takes numbers off the front; 0 when there are too few bytes.
class Reader final {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::int64_t Number(std::size_t size) {
    std::int64_t number = 0;
    for (std::size_t i = 0; i < size; ++i) number = number << 8 | Byte();
    return number;
  }
  void Skip(std::size_t size) { bytes_.remove_prefix(std::min(size, bytes_.size())); }
  bool empty() const { return bytes_.empty(); }

 private:
  std::uint8_t Byte() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }

  std::string_view bytes_;
};

}  // namespace

std::optional<int> QuorumLeader(int port) {
  const LoopbackSocket socket(port, std::chrono::seconds(2));
  if (!socket.Send(Request())) return std::nullopt;
  const std::optional<std::string> head = socket.Receive(4);
  if (!head) return std::nullopt;
  const auto size = static_cast<std::size_t>(Reader(*head).Number(4));
  if (size > kAnswerMax) return std::nullopt;
  const std::optional<std::string> answer = socket.Receive(size);
  if (!answer) return std::nullopt;
  Reader reader(*answer);
  reader.Skip(4 + 1);  // Correlation, tags.
  const std::int64_t error = reader.Number(2);
  reader.Skip(1);                                               // One topic.
  reader.Skip(static_cast<std::size_t>(reader.Number(1)) - 1);  // Its name.
  reader.Skip(1 + 4);                                           // One partition, its number.
  const std::int64_t partition_error = reader.Number(2);
  if (error != 0 || partition_error != 0 || reader.empty()) return std::nullopt;
  const auto leader = static_cast<std::int32_t>(reader.Number(4));
  if (leader < 0) return std::nullopt;
  return leader;
}

}  // namespace parley::chaos
