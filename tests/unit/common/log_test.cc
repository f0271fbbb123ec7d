#include "services/common/log.h"

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace parley {
namespace {

using Json = nlohmann::json;

// Puts another file in the place of stdout while it lives.
class Stdout {
 public:
  explicit Stdout(int file) : saved_(dup(STDOUT_FILENO)) { dup2(file, STDOUT_FILENO); }
  ~Stdout() {
    dup2(saved_, STDOUT_FILENO);
    close(saved_);
  }

 private:
  const int saved_;
};

// Reads from `file` to its end, or to the end of the first line.
std::string ReadLine(int file) {
  std::string line;
  for (char c = 0; c != '\n' && read(file, &c, 1) == 1;) line += c;
  return line;
}

std::vector<std::string> LinesOf(int file) {
  std::vector<std::string> lines;
  for (std::string line; !(line = ReadLine(file)).empty();) lines.push_back(line);
  return lines;
}

class LoggerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(pipe(pipe_), 0);
    unsetenv("NO_COLOR");
  }

  // The lines that `log` writes to a pipe.
  template <class Log>
  std::vector<std::string> Written(Log log) {
    std::vector<std::string> lines;
    std::thread reader([&] { lines = LinesOf(pipe_[0]); });
    {
      const Stdout redirected(pipe_[1]);
      log();
    }
    close(pipe_[1]);
    reader.join();
    close(pipe_[0]);
    return lines;
  }

  // The line that a logger writes to a terminal.
  static std::string OnTerminal(Logger::Format format) {
    int master = 0;
    int terminal = 0;
    EXPECT_EQ(openpty(&master, &terminal, nullptr, nullptr, nullptr), 0);
    {
      const Stdout redirected(terminal);
      Logger("s", LogLevel::kInfo, format).Info("hello");
    }
    const std::string line = ReadLine(master);
    close(master);
    close(terminal);
    return line;
  }

  int pipe_[2];
};

// It used to block, with every thread of the process behind it.
TEST_F(LoggerTest, AReaderThatDoesNotReadStopsNobody) {
  fcntl(pipe_[1], F_SETFL, O_NONBLOCK);
  const std::string filling(4096, 'x');
  while (write(pipe_[1], filling.data(), filling.size()) > 0) {
  }
  fcntl(pipe_[1], F_SETFL, 0);
  const Stdout redirected(pipe_[1]);
  const Logger logger("test", LogLevel::kInfo, Logger::Format::kJson);
  for (int i = 0; i < 1000; ++i) logger.Info("nobody reads this");
}

TEST_F(LoggerTest, WritesJsonWhereNobodyLooks) {
  const auto lines =
      Written([] { Logger("gateway", LogLevel::kInfo, Logger::Format::kAuto).Info("up"); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(Json::parse(lines[0])["service"], "gateway");
}

TEST_F(LoggerTest, LeavesOutWhatIsBelowItsLevel) {
  const auto lines = Written([] {
    const Logger logger("s", LogLevel::kWarn, Logger::Format::kJson);
    logger.Debug("d");
    logger.Info("i");
    logger.Warn("w");
    logger.Error("e");
  });
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(Json::parse(lines[0])["msg"], "w");
  EXPECT_EQ(Json::parse(lines[1])["level"], "error");
}

TEST_F(LoggerTest, AnotherNameIsTheSameSink) {
  const auto lines = Written([] {
    const Logger logger("standalone", LogLevel::kInfo, Logger::Format::kJson);
    logger.Named("router").Info("m");
    logger.Info("m");
  });
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(Json::parse(lines[0])["service"], "router");
  EXPECT_EQ(Json::parse(lines[1])["service"], "standalone");
}

TEST_F(LoggerTest, LinesOfManyThreadsAreNotTorn) {
  constexpr int kThreads = 4;
  constexpr int kEvents = 20;
  const std::string long_value(20'000, 'x');  // More than a pipe takes at once.
  const auto lines = Written([&] {
    const Logger logger("s", LogLevel::kInfo, Logger::Format::kJson);
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, named = logger.Named(std::to_string(i))] {
        for (int event = 0; event < kEvents; ++event) named.Info("m", {{"value", long_value}});
      });
    }
  });
  ASSERT_EQ(lines.size(), std::size_t{kThreads * kEvents});
  for (const std::string& line : lines) EXPECT_EQ(Json::parse(line)["value"], long_value);
}

TEST_F(LoggerTest, WritesTextInColoursToATerminal) {
  EXPECT_NE(OnTerminal(Logger::Format::kAuto).find("\x1b[32mINFO"), std::string::npos);
}

TEST_F(LoggerTest, HonoursNoColor) {
  setenv("NO_COLOR", "1", 1);
  const std::string line = OnTerminal(Logger::Format::kAuto);
  EXPECT_NE(line.find("INFO  s  hello"), std::string::npos) << line;
  EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
  unsetenv("NO_COLOR");
}

TEST_F(LoggerTest, WritesJsonToATerminalWhenTold) {
  EXPECT_EQ(OnTerminal(Logger::Format::kJson).front(), '{');
}

TEST_F(LoggerTest, TextInAPipeHasNoColours) {
  const auto lines = Written([] { Logger("s", LogLevel::kInfo, Logger::Format::kText).Info("m"); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace parley
