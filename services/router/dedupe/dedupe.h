#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "services/common/ids.h"
#include "services/router/dedupe/seen_records.h"
#include "services/router/tail/record_batch.h"

namespace parley::router {

struct DedupeConfig {
  // A marked record repeats what lies at most this far back. Of the log: every router has the same.
  std::int64_t window_ms = 5 * 60 * 1000;
  // An unmarked record repeats what lies at most this far back: for so long its producer may have
  // held it or repeated it by itself, message.timeout.ms (10 s); 5 s are for clocks.
  std::int64_t late_ms = 15 * 1000;
  // Records remembered per partition; beyond it the oldest are forgotten and looked up again when
  // they matter.
  std::size_t records_max = 300'000;
};

enum class Verdict {
  kFirst,
  kDuplicate,
  kUnknown,  // What decides it lies further back than this has seen.
};

// The rule of idempotent publishing, for one reader of one partition. A record is a duplicate iff
// an earlier record of the same channel, sender and id lies within its reach:
//
// - one that is marked `retry`, or was held on its way to the log (BatchConfig), reaches back over
//   the whole window;
// - one that is not reaches back `late_ms` only. It is a first copy that was overtaken by its
//   repetition, or one that the producer repeated by itself, unmarked (ADR 0011). Without that
//   bound a router would have to read back a window before it could judge any record at all; with
//   it, the short stretch that every router reads before it serves is enough.
//
// Times are append times, so the verdict is a property of the log alone and all routers agree. What
// is not known here is said (`kUnknown`), never guessed; a LookBack then finds it out.
class Dedupe final {
 public:
  explicit Dedupe(const DedupeConfig& config);

  // Forgets everything. What is taken in from here on is all that the log holds at and beyond
  // `from`, and nothing before it is younger than `since_ms` (kSinceStart: there is nothing before
  // it).
  void Restart(Offset from, std::int64_t since_ms);
  static constexpr std::int64_t kSinceStart = INT64_MIN;

  [[nodiscard]] Verdict Judge(const BatchEntry& record) const;
  // Takes the record in, whatever its verdict. Offsets rise.
  void Learn(const BatchEntry& record);

  // Everything between what a look-back began at and what is known here; in the order of the log.
  void Extend(const std::vector<SeenRecord>& older, Offset from, std::int64_t since_ms);
  // What a look-back found for one print: the latest earlier record; kSinceStart if none.
  void Resolve(const Fingerprint& print, std::int64_t last_ms, std::int64_t since_ms);

  // Everything at and beyond it is known.
  Offset known_from() const { return known_from_; }
  std::size_t records_max() const { return config_.records_max; }
  std::size_t records() const { return seen_.size(); }
  const DedupeConfig& config() const { return config_; }

 private:
  // Of a print: the latest record that a look-back found (kSinceStart if none), and since when
  // everything is known of it.
  struct LookedUp {
    std::int64_t last_ms = kSinceStart;
    std::int64_t since_ms = 0;
  };

  void Forget();
  void DropOldest();

  const DedupeConfig config_;
  Offset known_from_ = 0;
  std::int64_t known_since_ms_ = kSinceStart;
  std::int64_t newest_ms_ = kSinceStart;
  SeenRecords seen_;
  // Gone once such a record is taken in.
  std::unordered_map<Fingerprint, LookedUp, FingerprintHash> looked_up_;
};

}  // namespace parley::router
