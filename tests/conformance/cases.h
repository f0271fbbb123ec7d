#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "parley/edge/v1/chat.pb.h"
#include "services/common/text.h"

namespace parley::conformance {

// What a client may put into a field, and what every public edge must answer, whatever the
// transport: unary calls and streams, and the edges that come later. docs/protocol.md has the
// rules.

enum class Field { kChannel, kUser, kMessageId, kContent, kHeaderName, kHeaderValue };

struct Case {
  std::string name;
  Field field;
  std::string bytes;
  // ERROR_UNSPECIFIED: accepted.
  edge::v1::ErrorCode expected;
};

// Bytes that no text field accepts.
struct BadText {
  std::string name;
  std::string bytes;
};

inline std::vector<BadText> NotUtf8() {
  return {
      {"a lone continuation byte", "a\x80"},  {"a cut-off sequence", "a\xe2\x82"},
      {"an overlong slash", "\xc0\xaf"},      {"an overlong NUL", "\xc0\x80"},
      {"a surrogate", "\xed\xa0\x80"},        {"beyond U+10FFFF", "\xf4\x90\x80\x80"},
      {"a byte that is never UTF-8", "\xff"},
  };
}

inline std::vector<BadText> ControlCharacters() {
  return {
      {"a NUL", std::string("a\0b", 3)}, {"a line feed", "a\nb"}, {"a tab", "a\tb"},
      {"an escape", "a\x1b[31m"},        {"a DEL", "a\x7f"},      {"a C1 control", "a\xc2\x85"},
  };
}

inline void AppendNameCases(Field field, edge::v1::ErrorCode refused, std::size_t bytes_max,
                            std::vector<Case>& cases) {
  const auto add = [&](std::string name, std::string bytes, edge::v1::ErrorCode expected) {
    cases.push_back({std::move(name), field, std::move(bytes), expected});
  };
  const auto accepted = edge::v1::ERROR_UNSPECIFIED;
  add("one byte", "a", accepted);
  add("the longest", std::string(bytes_max, 'a'), accepted);
  add("one byte too long", std::string(bytes_max + 1, 'a'), refused);
  add("far too long", std::string(16 * 1024, 'a'), refused);
  add("cut inside a character by the limit", std::string(bytes_max - 1, 'a') + "\xc3\xa9", refused);
  add("an emoji", "\xf0\x9f\x91\x8b", accepted);
  add("right-to-left", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", accepted);
  add("not normalized", "e\xcc\x81", accepted);
  add("a path", "../../etc/passwd", accepted);
  add("blanks", "  ", accepted);
  for (BadText& bad : NotUtf8()) add(bad.name, bad.bytes, refused);
  for (BadText& bad : ControlCharacters()) add(bad.name, bad.bytes, refused);
}

inline void AppendContentCases(std::size_t content_bytes_max, std::vector<Case>& cases) {
  const auto add = [&](std::string name, std::string bytes, edge::v1::ErrorCode expected) {
    cases.push_back({std::move(name), Field::kContent, std::move(bytes), expected});
  };
  add("empty", "", edge::v1::ERROR_INVALID_CONTENT);
  add("one byte", "a", edge::v1::ERROR_UNSPECIFIED);
  add("the longest", std::string(content_bytes_max, 'a'), edge::v1::ERROR_UNSPECIFIED);
  add("one byte too long", std::string(content_bytes_max + 1, 'a'),
      edge::v1::ERROR_CONTENT_TOO_LARGE);
  add("lines and tabs", "a\n\tb\r\n", edge::v1::ERROR_UNSPECIFIED);
  add("an escape", "a\x1b[31m", edge::v1::ERROR_UNSPECIFIED);
  add("an emoji", "\xf0\x9f\x91\x8b", edge::v1::ERROR_UNSPECIFIED);
  add("a NUL", std::string("a\0b", 3), edge::v1::ERROR_INVALID_CONTENT);
  for (BadText& bad : NotUtf8()) add(bad.name, bad.bytes, edge::v1::ERROR_INVALID_CONTENT);
}

// Each case is about one field; the others hold something valid. A message id may be empty.
inline std::vector<Case> FieldCases(std::size_t content_bytes_max = kContentBytesMaxDefault) {
  std::vector<Case> cases;
  AppendNameCases(Field::kChannel, edge::v1::ERROR_INVALID_CHANNEL, kChannelBytesMax, cases);
  AppendNameCases(Field::kUser, edge::v1::ERROR_INVALID_USER, kUserBytesMax, cases);
  AppendNameCases(Field::kMessageId, edge::v1::ERROR_INVALID_ID, kMessageIdBytesMax, cases);
  AppendNameCases(Field::kHeaderName, edge::v1::ERROR_INVALID_HEADERS, kHeaderNameBytesMax, cases);
  AppendContentCases(content_bytes_max, cases);

  cases.push_back({"empty", Field::kChannel, "", edge::v1::ERROR_INVALID_CHANNEL});
  cases.push_back({"empty", Field::kUser, "", edge::v1::ERROR_INVALID_USER});
  cases.push_back({"empty", Field::kMessageId, "", edge::v1::ERROR_UNSPECIFIED});
  cases.push_back({"empty", Field::kHeaderName, "", edge::v1::ERROR_INVALID_HEADERS});
  cases.push_back(
      {"nobody's personal channel", Field::kChannel, "@", edge::v1::ERROR_INVALID_CHANNEL});
  cases.push_back({"a personal channel of too long a user", Field::kChannel,
                   "@" + std::string(kUserBytesMax + 1, 'a'), edge::v1::ERROR_INVALID_CHANNEL});
  cases.push_back({"an at sign inside", Field::kChannel, "a@b", edge::v1::ERROR_UNSPECIFIED});
  cases.push_back({"an at sign", Field::kUser, "@bob", edge::v1::ERROR_UNSPECIFIED});

  const auto value = Field::kHeaderValue;
  cases.push_back(
      {"a reserved name", Field::kHeaderName, "parley-to", edge::v1::ERROR_INVALID_HEADERS});
  cases.push_back({"empty", value, "", edge::v1::ERROR_UNSPECIFIED});
  cases.push_back(
      {"the longest", value, std::string(kHeaderValueBytesMax, 'a'), edge::v1::ERROR_UNSPECIFIED});
  cases.push_back({"one byte too long", value, std::string(kHeaderValueBytesMax + 1, 'a'),
                   edge::v1::ERROR_INVALID_HEADERS});
  for (BadText& bad : NotUtf8()) {
    cases.push_back({bad.name, value, bad.bytes, edge::v1::ERROR_INVALID_HEADERS});
  }
  return cases;
}

// Personal channels of users other than the one who asks. Anybody may publish to them; whatever
// else is asked of them is refused so.
inline std::vector<Case> PersonalChannelCases() {
  const auto refused = edge::v1::ERROR_FORBIDDEN;
  return {
      {"a personal channel", Field::kChannel, "@bob", refused},
      {"of the longest user", Field::kChannel, "@" + std::string(kUserBytesMax, 'a'), refused},
      {"of a user with an at sign", Field::kChannel, "@@bob", refused},
  };
}

// A publish that is valid but for the field of the case.
template <class Publish>
Publish PublishOf(const Case& tried) {
  Publish publish;
  publish.set_channel("general");
  publish.set_id("id-1");
  publish.set_content("hello");
  auto* header = publish.add_headers();
  header->set_name("lang");
  header->set_value("en");
  switch (tried.field) {
    case Field::kChannel:
      publish.set_channel(tried.bytes);
      break;
    case Field::kMessageId:
      publish.set_id(tried.bytes);
      break;
    case Field::kContent:
      publish.set_content(tried.bytes);
      break;
    case Field::kHeaderName:
      header->set_name(tried.bytes);
      break;
    case Field::kHeaderValue:
      header->set_value(tried.bytes);
      break;
    case Field::kUser:
      break;  // Of the session, or `PublishRequest.user`.
  }
  return publish;
}

}  // namespace parley::conformance
