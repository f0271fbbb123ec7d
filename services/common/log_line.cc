#include "services/common/log_line.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <optional>
#include <system_error>
#include <variant>

#include "services/common/text.h"

namespace parley {
namespace {

constexpr std::size_t kUsualLineBytes = 256;
constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kReset = "\x1b[0m";

struct LevelStyle {
  std::string_view json;
  std::string_view text;
  std::string_view colour;
};

const LevelStyle& StyleOf(LogLevel level) {
  static constexpr std::array<LevelStyle, 4> kStyles = {{{"debug", "DEBUG", "\x1b[2m"},
                                                         {"info", "INFO ", "\x1b[32m"},
                                                         {"warn", "WARN ", "\x1b[33m"},
                                                         {"error", "ERROR", "\x1b[31m"}}};
  return kStyles[static_cast<std::size_t>(level)];
}

void AppendTwoHexDigits(std::string& out, std::uint8_t byte) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += kHex[byte >> 4];
  out += kHex[byte & 0xf];
}

void AppendEscapedAscii(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      AppendTwoHexDigits(out, static_cast<std::uint8_t>(c));
  }
}

// What JSON allows between two quotes, which is also what a terminal may be shown. C1 controls are
// escaped too: some terminals obey them.
void AppendEscaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::string_view rest = text;
    const std::optional<char32_t> code_point = TakeCodePoint(text);
    if (!code_point) {
      out += kReplacementCharacter;
      text.remove_prefix(1);
    } else if (*code_point == '"' || *code_point == '\\' || IsControl(*code_point)) {
      AppendEscapedAscii(out, static_cast<char>(*code_point));
    } else {
      out.append(rest.substr(0, rest.size() - text.size()));
    }
  }
}

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  AppendEscaped(out, text);
  out += '"';
}

template <class Number>
void AppendNumber(std::string& out, Number number) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void AppendPadded(std::string& out, int number, std::size_t width) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const auto length = static_cast<std::size_t>(end - digits.data());
  if (length < width) out.append(width - length, '0');
  out.append(digits.data(), end);
}

enum class TimeStyle { kRfc3339, kTimeOfDay };

void AppendTime(std::string& out, std::chrono::system_clock::time_point time, TimeStyle style) {
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const std::time_t unix_seconds = seconds.count();
  std::tm utc{};
  gmtime_r(&unix_seconds, &utc);
  if (style == TimeStyle::kRfc3339) {
    AppendPadded(out, utc.tm_year + 1900, 4);
    out += '-';
    AppendPadded(out, utc.tm_mon + 1, 2);
    out += '-';
    AppendPadded(out, utc.tm_mday, 2);
    out += 'T';
  }
  AppendPadded(out, utc.tm_hour, 2);
  out += ':';
  AppendPadded(out, utc.tm_min, 2);
  out += ':';
  AppendPadded(out, utc.tm_sec, 2);
  out += '.';
  AppendPadded(out, static_cast<int>((since_epoch - seconds).count()), 3);
  if (style == TimeStyle::kRfc3339) out += 'Z';
}

void AppendJsonValue(std::string& out, const LogField& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    AppendQuoted(out, *text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
    AppendNumber(out, *integer);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    if (std::isfinite(*real)) {
      AppendNumber(out, *real);
    } else {
      out += "null";  // JSON has no infinity and no NaN.
    }
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

bool NeedsQuotes(std::string_view text) {
  return text.empty() || text.find_first_of(" =\"") != std::string_view::npos;
}

void AppendTextValue(std::string& out, const LogField& field) {
  const auto* text = std::get_if<std::string_view>(&field.value);
  if (text == nullptr) {
    AppendJsonValue(out, field);
  } else if (NeedsQuotes(*text)) {
    AppendQuoted(out, *text);
  } else {
    AppendEscaped(out, *text);
  }
}

}  // namespace

std::string JsonLine(const LogEvent& event) {
  std::string line;
  line.reserve(kUsualLineBytes);
  line += R"({"time":")";
  AppendTime(line, event.time, TimeStyle::kRfc3339);
  line += R"(","level":")";
  line += StyleOf(event.level).json;
  line += R"(","service":)";
  AppendQuoted(line, event.service);
  line += R"(,"msg":)";
  AppendQuoted(line, event.message);
  for (const LogField& field : event.fields) {
    line += ',';
    AppendQuoted(line, field.name);
    line += ':';
    AppendJsonValue(line, field);
  }
  line += "}\n";
  return line;
}

std::string TextLine(const LogEvent& event, bool colours) {
  const LevelStyle& style = StyleOf(event.level);
  const auto colour = [&](std::string_view code) { return colours ? code : std::string_view(); };
  std::string line;
  line.reserve(kUsualLineBytes);
  line += colour(kDim);
  AppendTime(line, event.time, TimeStyle::kTimeOfDay);
  line += colour(kReset);
  line += ' ';
  line += colour(style.colour);
  line += style.text;
  line += colour(kReset);
  line += ' ';
  AppendEscaped(line, event.service);
  line += "  ";
  AppendEscaped(line, event.message);
  for (const LogField& field : event.fields) {
    line += "  ";
    line += colour(kDim);
    AppendEscaped(line, field.name);
    line += '=';
    line += colour(kReset);
    AppendTextValue(line, field);
  }
  line += '\n';
  return line;
}

}  // namespace parley
