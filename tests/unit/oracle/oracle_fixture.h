#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/oracle/oracle.h"

namespace parley::oracle {

using Kind = ClientEvent::Kind;

// Ann sends m1, m2, … to `general`; they lie at p1, p2, …; Bob and Carl join at p0 and get them
// all. A test breaks one thing of it.
class OracleTest : public testing::Test {
 protected:
  OracleTest() {
    for (int number = 1; number <= 4; ++number) {
      const std::string id = "m" + std::to_string(number);
      Note(ann_, Kind::kInvoke, "", id);
      Note(ann_, Kind::kOk, PositionOf(number), id);
      stored_.push_back({"general", id, "ann", PositionOf(number)});
    }
    for (ClientLog* receiver : {&bob_, &carl_}) {
      Note(*receiver, Kind::kJoined, PositionOf(0));
      for (int number = 1; number <= 4; ++number) Receive(*receiver, number);
    }
  }

  static std::string PositionOf(int number) { return "p" + std::to_string(number); }

  static ClientEvent Event(Kind kind, const std::string& position, const std::string& id = "") {
    ClientEvent event;
    event.kind = kind;
    event.channel = "general";
    event.position = position;
    event.id = id;
    return event;
  }
  static ClientEvent& Note(ClientLog& log, Kind kind, const std::string& position,
                           const std::string& id = "") {
    log.events.push_back(Event(kind, position, id));
    return log.events.back();
  }
  static ClientEvent& Receive(ClientLog& log, int number) {
    return Note(log, Kind::kReceived, PositionOf(number), "m" + std::to_string(number));
  }
  static ClientEvent& Resume(ClientLog& log, const std::string& position) {
    ClientEvent& event = Note(log, Kind::kJoined, position);
    event.resumed = true;
    return event;
  }

  static ClientEvent& Find(ClientLog& log, Kind kind, const std::string& id = "") {
    return *std::ranges::find_if(
        log.events, [&](const ClientEvent& event) { return event.kind == kind && event.id == id; });
  }
  static ClientEvent& Received(ClientLog& log, int number) {
    return Find(log, Kind::kReceived, "m" + std::to_string(number));
  }
  static void Erase(ClientLog& log, Kind kind, const std::string& id = "") {
    std::erase_if(log.events,
                  [&](const ClientEvent& event) { return event.kind == kind && event.id == id; });
  }
  static void Miss(ClientLog& log, int number) {
    Erase(log, Kind::kReceived, "m" + std::to_string(number));
  }
  // All that came after that message never happened.
  static void CutAfter(ClientLog& log, int number) {
    const auto last = std::ranges::find_if(log.events, [&](const ClientEvent& event) {
      return event.kind == Kind::kReceived && event.id == "m" + std::to_string(number);
    });
    log.events.erase(last + 1, log.events.end());
  }

  void SendFirst(const std::string& id) {
    const ClientEvent invoke = Find(ann_, Kind::kInvoke, id);
    Erase(ann_, Kind::kInvoke, id);
    ann_.events.insert(ann_.events.begin(), invoke);
  }

  std::vector<std::string> Judge(bool bob_stays = true) {
    Oracle oracle(stored_);
    oracle.Judge(ann_, true);
    oracle.Judge(bob_, bob_stays);
    oracle.Judge(carl_, true);
    oracle.JudgeSends();
    discontinuities_ = oracle.discontinuities();
    return oracle.violations();
  }
  void ExpectClean() { EXPECT_THAT(Judge(), testing::IsEmpty()); }
  // One violation, and for the right reason.
  void ExpectRefused(std::string_view reason) {
    EXPECT_THAT(Judge(), testing::ElementsAre(testing::HasSubstr(std::string(reason))));
  }
  bool IsRefusedFor(std::string_view reason) {
    return std::ranges::any_of(Judge(), [&](const std::string& violation) {
      return violation.find(reason) != std::string::npos;
    });
  }

  ClientLog ann_{"ann", {}};
  ClientLog bob_{"bob", {}};
  ClientLog carl_{"carl", {}};
  std::vector<StoredMessage> stored_;
  std::size_t discontinuities_ = 0;
};

}  // namespace parley::oracle
