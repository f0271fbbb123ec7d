#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/process/options.h"

namespace parley::process {

// A program with an option of every type.
struct Program {
  std::string name = "gw-1";
  std::string password;
  std::vector<std::string> brokers = {"127.0.0.1:9092"};
  bool echo = true;
  int loops = 2;
  std::size_t frame = 64 * 1024;
  std::chrono::milliseconds deadline{5'000};
  std::string level = "info";
  std::map<std::string, std::string> properties;

  Options options{"parley-test", "Tries the options out."};
  std::string out;
  std::string err;

  Program() {
    options.Section("Identity");
    options.Text("server-id", name, "The name of this server.");
    options.Secret("admin-password", password, "Opens the door.");
    options.Section("Everything else");
    options.List("kafka-brokers", brokers, "Where Kafka is.");
    options.Flag("echo-messages", echo, "Whether senders see what they send.");
    options.Number("loop-count", loops, 1, 64, "Threads.");
    options.Size("frame-bytes-max", frame, 1024, 1 << 20, "The largest frame.");
    options.Time("publish-deadline", deadline, std::chrono::milliseconds(100),
                 std::chrono::minutes(1), "How long a publish may take.");
    options.Choice("log-level", level, {"debug", "info", "warn"}, "What is logged.");
    options.Map("kafka-property", properties, "Any property of librdkafka.");
  }

  std::optional<int> Parse(const std::vector<const char*>& arguments) {
    std::vector<const char*> argv = {"parley-test"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const auto code = options.Parse(static_cast<int>(argv.size()), argv.data());
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return code;
  }

  // What a refusal says: exactly one line, after the program's name.
  std::string Refusal(int exit_code, const std::vector<const char*>& arguments) {
    EXPECT_EQ(Parse(arguments), exit_code);
    EXPECT_THAT(out, testing::IsEmpty());
    const std::string start = "parley-test: ";
    if (!err.starts_with(start) || err.find('\n') != err.size() - 1) return "not one line: " + err;
    return err.substr(start.size(), err.size() - start.size() - 1);
  }
};

// Without variables of ours in the environment, before and after.
class OptionsTest : public testing::Test {
 protected:
  void SetUp() override { ForgetOurVariables(); }
  void TearDown() override {
    ForgetOurVariables();
    for (const std::string& file : files_) std::filesystem::remove(file);
  }

  std::string File(const std::string& content) {
    files_.push_back(testing::TempDir() + "options_test." + std::to_string(getpid()) + "." +
                     std::to_string(files_.size()));
    std::ofstream(files_.back()) << content;
    return files_.back();
  }

  static void Set(const char* variable, const std::string& value) {
    setenv(variable, value.c_str(), 1);
  }

  Program program_;

 private:
  static void ForgetOurVariables() {
    std::vector<std::string> ours;
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string text = *entry;
      if (text.starts_with("PARLEY_")) ours.push_back(text.substr(0, text.find('=')));
    }
    for (const std::string& variable : ours) unsetenv(variable.c_str());
  }

  std::vector<std::string> files_;
};

}  // namespace parley::process
