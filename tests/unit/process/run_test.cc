#include "services/common/process/run.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace parley::process {
namespace {

using Json = nlohmann::json;

// A program in a process of its own, whose log the test reads.
class Program {
 public:
  using Make = std::function<std::unique_ptr<Service>(const Logger&)>;

  explicit Program(const Make& make) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("pipe");
    child_ = fork();
    if (child_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      close(ends[1]);
      _exit(RunChild(make));
    }
    close(ends[1]);
    log_ = ends[0];
  }

  ~Program() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
    close(log_);
  }

  // The next event; null at the end of the log.
  Json NextEvent() const {
    std::string line;
    for (char c = 0; c != '\n' && read(log_, &c, 1) == 1;) line += c;
    return line.empty() ? Json() : Json::parse(line);
  }

  // Skips to the event with this message; null when there is none.
  Json EventCalled(const std::string& message) const {
    Json event = NextEvent();
    while (!event.is_null() && event["msg"] != message) event = NextEvent();
    return event;
  }

  void Send(int signal) const { kill(child_, signal); }

  // The exit code, or minus the signal that ended it.
  int Wait() {
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  static int RunChild(const Make& make) {
    rlimit limit = {};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 64;
    setrlimit(RLIMIT_NOFILE, &limit);

    LogConfig log;
    std::string password = "hunter2";
    Options options("parley-test", "Is started and stopped.");
    log.Describe(options);
    options.Secret("password", password, "Hidden.");
    return RunUntilSignal("parley-test", log, options, make);
  }

  pid_t child_ = -1;
  int log_ = -1;
};

class FakeService final : public Service {
 public:
  explicit FakeService(std::function<void()> stop) : stop_(std::move(stop)) {}
  void Stop() override { stop_(); }

 private:
  const std::function<void()> stop_;
};

std::unique_ptr<Service> Stopping(std::function<void()> stop) {
  return std::make_unique<FakeService>(std::move(stop));
}

std::unique_ptr<Service> Plain(const Logger&) {
  return Stopping([] {});
}

TEST(RunTest, StopsAndExitsWithZeroOnEitherSignal) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Program program(
        [](const Logger& logger) { return Stopping([logger] { logger.Info("draining"); }); });
    EXPECT_FALSE(program.EventCalled("started").is_null());
    program.Send(signal);
    EXPECT_EQ(program.NextEvent()["msg"], "stopping");
    EXPECT_EQ(program.NextEvent()["msg"], "draining");
    EXPECT_EQ(program.NextEvent()["msg"], "stopped");
    EXPECT_EQ(program.Wait(), 0);
  }
}

TEST(RunTest, BeginsWithVersionAndEffectiveConfiguration) {
  Program program(Plain);
  const Json event = program.NextEvent();
  EXPECT_EQ(event["msg"], "starting");
  EXPECT_EQ(event["level"], "info");
  EXPECT_EQ(event["service"], "parley-test");
  EXPECT_EQ(event["version"], Version());
  EXPECT_EQ(event["config"], "log-level = info; log-format = auto; password = *****");
}

TEST(RunTest, RaisesTheDescriptorLimitToTheHardOne) {
  rlimit limit = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  Program program(Plain);
  EXPECT_EQ(program.NextEvent()["descriptors_max"], limit.rlim_max);
}

TEST(RunTest, SecondSignalExitsAtOnce) {
  Program program([](const Logger& logger) {
    return Stopping([logger] {
      logger.Info("draining");
      while (true) pause();
    });
  });
  ASSERT_FALSE(program.EventCalled("started").is_null());
  program.Send(SIGTERM);
  ASSERT_FALSE(program.EventCalled("draining").is_null());
  program.Send(SIGTERM);
  EXPECT_EQ(program.Wait(), 1);
  EXPECT_TRUE(program.NextEvent().is_null());
}

TEST(RunTest, SignalWhileStartingStopsAfterwards) {
  Program program([](const Logger& logger) {
    raise(SIGTERM);
    logger.Info("made");
    return Plain(logger);
  });
  EXPECT_FALSE(program.EventCalled("made").is_null());
  EXPECT_FALSE(program.EventCalled("stopped").is_null());
  EXPECT_EQ(program.Wait(), 0);
}

TEST(RunTest, ServiceThatCannotStartIsOneLineAndOne) {
  Program program([](const Logger&) -> std::unique_ptr<Service> {
    throw std::runtime_error("port 50051 is taken; choose another with --grpc-listen");
  });
  EXPECT_EQ(program.NextEvent()["msg"], "starting");
  const Json event = program.NextEvent();
  EXPECT_EQ(event["level"], "error");
  EXPECT_EQ(event["reason"], "port 50051 is taken; choose another with --grpc-listen");
  EXPECT_TRUE(program.NextEvent().is_null());
  EXPECT_EQ(program.Wait(), 1);
}

TEST(RunTest, ThreadsOfTheServiceDoNotTakeTheSignals) {
  Program program([](const Logger& logger) {
    sigset_t blocked;
    std::thread([&] { pthread_sigmask(SIG_BLOCK, nullptr, &blocked); }).join();
    logger.Info("mask", {{"term", sigismember(&blocked, SIGTERM) == 1},
                         {"int", sigismember(&blocked, SIGINT) == 1}});
    return Plain(logger);
  });
  const Json event = program.EventCalled("mask");
  EXPECT_EQ(event["term"], true);
  EXPECT_EQ(event["int"], true);
}

TEST(RunTest, APeerThatIsGoneDoesNotEndTheProcess) {
  Program program([](const Logger& logger) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("pipe");
    close(ends[0]);
    const bool refused = write(ends[1], "x", 1) == -1 && errno == EPIPE;
    logger.Info("written", {{"refused", refused}});
    return Plain(logger);
  });
  EXPECT_EQ(program.EventCalled("written")["refused"], true);
}

}  // namespace
}  // namespace parley::process
