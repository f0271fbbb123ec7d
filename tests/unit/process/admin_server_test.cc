#include "services/common/process/admin_server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <nlohmann/json.hpp>

#include "services/common/process/address.h"
#include "services/common/process/version.h"
#include "tests/unit/process/http_client.h"

namespace parley::process {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const char* const kGetHealth = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

std::string BodyOf(const std::string& answer) {
  return answer.substr(std::min(answer.find("\r\n\r\n") + 4, answer.size()));
}

// The value of a metric without labels.
std::optional<double> ValueOf(const std::string& metrics, const std::string& name) {
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name + ' ')) return std::stod(line.substr(name.size()));
  }
  return std::nullopt;
}

class AdminServerTest : public testing::Test {
 protected:
  void Start(const AdminLimits& limits = {}, const std::string& address = "127.0.0.1:0") {
    server_ = std::make_unique<AdminServer>(
        address, registry_, [this] { return Missing(); }, limits);
  }

  std::string Missing() {
    const std::lock_guard lock(mutex_);
    return missing_;
  }

  void SetMissing(std::string missing) {
    const std::lock_guard lock(mutex_);
    missing_ = std::move(missing);
  }

  std::string Answer(const std::string& method, const std::string& target) const {
    return Ask(server_->address(), method, target);
  }

  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  std::mutex mutex_;
  std::string missing_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminServerTest, IsHealthyWhileItAnswers) {
  Start();
  EXPECT_THAT(Answer("GET", "/healthz"),
              AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\nok\n")));
}

TEST_F(AdminServerTest, ReadinessSaysWhatIsMissing) {
  SetMissing("Kafka has not answered yet");
  Start();
  EXPECT_THAT(Answer("GET", "/readyz"),
              AllOf(StartsWith("HTTP/1.1 503 "), EndsWith("\r\n\r\nKafka has not answered yet\n")));
  EXPECT_THAT(Answer("GET", "/healthz"), StartsWith("HTTP/1.1 200 "))
      << "health does not look at readiness";
  SetMissing("");
  EXPECT_THAT(Answer("GET", "/readyz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, TellsItsVersion) {
  Start();
  const std::string answer = Answer("GET", "/version");
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_EQ(nlohmann::json::parse(BodyOf(answer))["version"], Version());
}

TEST_F(AdminServerTest, ShowsWhatIsInTheRegistry) {
  auto& counter = prometheus::BuildCounter()
                      .Name("parley_things_total")
                      .Help("Things.")
                      .Register(*registry_)
                      .Add({});
  counter.Increment(3);
  Start();
  EXPECT_EQ(ValueOf(Answer("GET", "/metrics"), "parley_things_total"), 3);
  counter.Increment();
  const std::string answer = Answer("GET", "/metrics");
  EXPECT_EQ(ValueOf(answer, "parley_things_total"), 4);
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("# TYPE parley_things_total counter"));
}

TEST_F(AdminServerTest, ShowsTheProcess) {
  Start();
  const std::string metrics = Answer("GET", "/metrics");
  EXPECT_THAT(metrics, HasSubstr("# TYPE process_cpu_seconds_total counter"));
  EXPECT_GE(ValueOf(metrics, "process_cpu_seconds_total"), 0);
  EXPECT_GT(ValueOf(metrics, "process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(ValueOf(metrics, "process_virtual_memory_bytes"),
            ValueOf(metrics, "process_resident_memory_bytes"));
  EXPECT_GT(ValueOf(metrics, "process_open_fds"), 3);
  EXPECT_GT(ValueOf(metrics, "process_max_fds"), ValueOf(metrics, "process_open_fds"));
  EXPECT_GE(ValueOf(metrics, "process_threads"), 2);
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_NEAR(ValueOf(metrics, "process_start_time_seconds").value_or(0), now, 600);
  EXPECT_THAT(metrics, HasSubstr(std::string("parley_build_info{version=\"") + Version() + "\","));
}

TEST_F(AdminServerTest, CountsOneDescriptorMoreWhenOneMoreIsOpen) {
  Start();
  const auto before = ValueOf(Answer("GET", "/metrics"), "process_open_fds");
  const int descriptor = dup(STDERR_FILENO);
  const auto after = ValueOf(Answer("GET", "/metrics"), "process_open_fds");
  close(descriptor);
  ASSERT_TRUE(before && after);
  EXPECT_EQ(*after, *before + 1);
}

TEST_F(AdminServerTest, HeadHasTheHeadersOfGetAndNoBody) {
  Start();
  const std::string head = Answer("HEAD", "/healthz");
  EXPECT_THAT(head, AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Content-Length: 3\r\n"),
                          EndsWith("\r\n\r\n")));
  const std::string get = Answer("GET", "/healthz");
  EXPECT_EQ(head, get.substr(0, get.size() - BodyOf(get).size()));
}

TEST_F(AdminServerTest, UnknownPathIsNotFound) {
  Start();
  for (const char* path : {"/", "/metrics/", "/Metrics", "/../metrics", "/metrics%20", "*"}) {
    EXPECT_THAT(Answer("GET", path), StartsWith("HTTP/1.1 404 ")) << path;
  }
  EXPECT_THAT(Answer("GET", "/healthz?verbose=1"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, OnlyGetAndHeadAreAllowed) {
  Start();
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "BREW"}) {
    EXPECT_THAT(Answer(method, "/healthz"),
                AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")))
        << method;
  }
}

TEST_F(AdminServerTest, RequestWithABodyIsRefusedAndTheConnectionClosed) {
  Start();
  for (const char* method : {"GET", "POST"}) {
    HttpClient client(server_->address());
    // The body looks like a request, which must not be answered.
    client.Send(std::string(method) + " /healthz HTTP/1.1\r\nContent-Length: 40\r\n\r\n" +
                kGetHealth);
    const std::string answers = client.ReadToEnd();
    EXPECT_THAT(answers, StartsWith("HTTP/1.1 4"));
    EXPECT_EQ(answers.find("HTTP/1.1", 1), std::string::npos) << answers;
  }
}

TEST_F(AdminServerTest, AnswersManyRequestsOnOneConnection) {
  Start();
  HttpClient client(server_->address());
  for (int i = 0; i < 10; ++i) {
    client.Send(kGetHealth);
    EXPECT_THAT(client.ReadAnswer(), StartsWith("HTTP/1.1 200 "));
  }
  client.Send(std::string(kGetHealth) + kGetHealth);  // At once.
  EXPECT_THAT(client.ReadAnswer(), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(client.ReadAnswer(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, OldHttpIsClosedAfterItsAnswer) {
  Start();
  HttpClient client(server_->address());
  client.Send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.ReadToEnd(), AllOf(StartsWith("HTTP/1.0 200 "), EndsWith("ok\n")));
}

TEST_F(AdminServerTest, WhatIsNotHttpIsRefused) {
  Start();
  const std::vector<std::string> nonsense = {
      "\x16\x03\x01\x02\x01\x01", "hello\r\n\r\n", "GET /healthz\r\n\r\n",
      "GET /healthz HTTP/1.1\r\nbad header\r\n\r\n", std::string("\0\0\0\0\r\n\r\n", 8)};
  for (const std::string& bytes : nonsense) {
    HttpClient client(server_->address());
    client.Send(bytes + "\r\n\r\n");
    EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 400 ")) << bytes;
  }
  EXPECT_THAT(Answer("GET", "/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, TooLargeRequestIsRefusedAndTheAnswerArrives) {
  Start({.request_bytes_max = 1024});
  for (const std::size_t size : {2'000u, 20'000'000u}) {
    HttpClient client(server_->address());
    client.Send("GET /healthz HTTP/1.1\r\nX: " + std::string(size, 'x') + "\r\n\r\n");
    EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 431 ")) << size;
  }
}

TEST_F(AdminServerTest, RequestJustWithinTheLimitIsAnswered) {
  Start({.request_bytes_max = 1024});
  HttpClient client(server_->address());
  client.Send("GET /healthz HTTP/1.1\r\nX: " + std::string(900, 'x') + "\r\n\r\n");
  EXPECT_THAT(client.ReadAnswer(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, ClientThatSaysNothingIsCutOff) {
  Start({.request_time = 50ms});
  HttpClient client(server_->address());
  EXPECT_THAT(client.ReadToEnd(), IsEmpty());
}

TEST_F(AdminServerTest, ClientThatTricklesIsCutOff) {
  Start({.request_time = 200ms});
  HttpClient client(server_->address());
  client.Send("GET /healthz HTTP/1.1\r\n");
  const auto start = std::chrono::steady_clock::now();
  while (!client.Readable(10) && client.TrySend("a")) {
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  EXPECT_THAT(client.ReadToEnd(), IsEmpty());
}

TEST_F(AdminServerTest, FurtherConnectionsWaitUntilOneCloses) {
  Start({.connections_max = 3, .request_time = 60s});
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<HttpClient>(server_->address()));
    clients.back()->Send(kGetHealth);
    EXPECT_THAT(clients.back()->ReadAnswer(), StartsWith("HTTP/1.1 200 "));
  }
  HttpClient fourth(server_->address());
  fourth.Send(kGetHealth);
  EXPECT_FALSE(fourth.Readable(100));
  clients.pop_back();
  EXPECT_THAT(fourth.ReadAnswer(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, SilentConnectionsDoNotKeepOthersOutForLong) {
  Start({.connections_max = 4, .request_time = 100ms});
  std::vector<std::unique_ptr<HttpClient>> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(std::make_unique<HttpClient>(server_->address()));
  EXPECT_THAT(Answer("GET", "/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, ManyClientsAtOnceAreAllAnswered) {
  Start();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int request = 0; request < 25; ++request) {
        EXPECT_THAT(Answer("GET", "/metrics"), StartsWith("HTTP/1.1 200 "));
      }
    });
  }
}

TEST_F(AdminServerTest, StopsWithConnectionsInEveryState) {
  Start({.connections_max = 3});
  HttpClient silent(server_->address());
  HttpClient half(server_->address());
  half.Send("GET /hea");
  HttpClient answered(server_->address());
  answered.Send(kGetHealth);
  EXPECT_THAT(answered.ReadAnswer(), StartsWith("HTTP/1.1 200 "));
  server_.reset();
  EXPECT_THAT(silent.ReadToEnd(), IsEmpty());
  EXPECT_THAT(half.ReadToEnd(), IsEmpty());
  EXPECT_THAT(answered.ReadToEnd(), IsEmpty());
}

TEST_F(AdminServerTest, AcceptsAgainWhenDescriptorsAreBack) {
  Start();
  rlimit before = {};
  getrlimit(RLIMIT_NOFILE, &before);
  const int next = dup(STDERR_FILENO);
  close(next);
  const rlimit one_more = {static_cast<rlim_t>(next) + 1, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &one_more);
  HttpClient client(server_->address());  // Takes the last one.
  client.Send(kGetHealth);
  const bool answered = client.Readable(100);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_FALSE(answered) << "descriptors were not exhausted";
  EXPECT_THAT(client.ReadAnswer(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, PortZeroIsAFreePortThatTheAddressTells) {
  Start({}, "127.0.0.1:0");
  const auto address = ParseAddress(server_->address());
  ASSERT_TRUE(address) << server_->address();
  EXPECT_EQ(address->host, "127.0.0.1");
  EXPECT_NE(address->port, 0);
}

TEST_F(AdminServerTest, NoHostIsAllInterfaces) {
  Start({}, ":0");
  const auto address = ParseAddress(server_->address());
  ASSERT_TRUE(address) << server_->address();
  EXPECT_THAT(Ask(FormatAddress({"127.0.0.1", address->port}), "GET", "/healthz"),
              StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, HostMayBeAName) {
  Start({}, "localhost:0");
  EXPECT_THAT(Answer("GET", "/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, TakenPortIsRefusedWithAddressReasonAndRemedy) {
  Start();
  try {
    const AdminServer second(server_->address(), registry_, [] { return std::string(); });
    FAIL() << "two servers on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(
        error.what(),
        "admin address " + server_->address() +
            ": Address already in use; choose another address, or stop the program that holds it");
  }
}

TEST_F(AdminServerTest, AddressThatIsNoneIsRefused) {
  for (const char* address : {"", "9102", "::1:9102", "127.0.0.1:99999", "nowhere.invalid:0"}) {
    EXPECT_THROW(Start({}, address), std::runtime_error) << address;
  }
}

}  // namespace
}  // namespace parley::process
