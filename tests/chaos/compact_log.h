#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/oracle/client_log.h"

namespace parley::chaos {

// Each text once, known by a small number. One thread at a time.
class Words final {
 public:
  using Word = std::uint32_t;  // 0 is the empty text.

  Words();

  Word Intern(std::string_view text);
  const std::string& Text(Word word) const { return texts_[word]; }

 private:
  std::deque<std::string> texts_;
  std::unordered_map<std::string_view, Word> known_;
};

// An `oracle::ClientLog` that fits into memory when there are millions of events: a message's texts
// are the same for all who receive it. Clients that share `words` live on one thread.
class CompactLog final {
 public:
  using Kind = oracle::ClientEvent::Kind;

  struct Entry {
    std::int64_t time_us = 0;
    Words::Word channel = 0;
    Words::Word id = 0;
    Words::Word position = 0;
    Words::Word previous = 0;
    Kind kind = Kind::kInvoke;
    bool flag = false;  // `resumed` of kJoined, `first_try` of kOk.
  };

  CompactLog(Words& words, std::string user);

  Entry& Add(Kind kind, std::int64_t time_us, std::string_view channel, std::string_view id = {},
             std::string_view position = {}, std::string_view previous = {});

  const std::string& user() const { return user_; }
  const std::deque<Entry>& entries() const { return entries_; }
  const std::string& Text(Words::Word word) const { return words_.Text(word); }

  // As the oracle wants it.
  [[nodiscard]] oracle::ClientLog Expand() const;

 private:
  Words& words_;
  const std::string user_;
  std::deque<Entry> entries_;  // A deque, so that growing moves nothing and wastes little.
};

// The steady clock, which all logs of a run share.
[[nodiscard]] std::int64_t NowUs();

}  // namespace parley::chaos
