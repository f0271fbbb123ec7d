// `parley` when its gateway is lost: it goes on with another, and says so in one line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/fakes/client/fake_server.h"
#include "tests/unit/client/child_process.h"
#include "tests/unit/client/run_parley.h"

namespace parley::client {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class CliReconnectTest : public testing::Test {
 protected:
  std::string Both() const { return first_.address() + "," + second_.address(); }

  // The one that has the session; and the other.
  FakeServer& Taken() { return first_.sessions() > 0 ? first_ : second_; }
  FakeServer& Free() { return first_.sessions() > 0 ? second_ : first_; }

  static std::size_t LinesWith(const std::string& text, const std::string& what) {
    std::size_t count = 0;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) count += line.find(what) != line.npos;
    return count;
  }

  std::shared_ptr<FakeLog> log_ = std::make_shared<FakeLog>();
  FakeServer first_{"gateway-1", log_};
  FakeServer second_{"gateway-2", log_};
};

TEST_F(CliReconnectTest, ListenGoesOnWithOneLineOnStderr) {
  ChildProcess child(Parley({"listen", "--server", Both(), "--count", "3"}), {});
  ASSERT_TRUE(child.WaitForComplaint("listening"));
  FakeServer& lost = Taken();
  FakeServer& other = Free();
  lost.Say("general", "bob", "before");
  ASSERT_TRUE(child.WaitForOutput("before"));
  lost.Stop();
  other.Say("general", "bob", "meanwhile");
  ASSERT_TRUE(child.WaitForComplaint(" s\n"));
  other.Say("general", "bob", "after");
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(child.output(), "<bob> before\n<bob> meanwhile\n<bob> after\n");
  const std::string line = child.complaints().substr(child.complaints().find('\n') + 1);
  EXPECT_THAT(line, MatchesRegex("connection to gateway-[12] lost; back on gateway-[12] after "
                                 "[0-9]+\\.[0-9] s\n"));
}

TEST_F(CliReconnectTest, ListenSaysWhatAResumeDidNotBring) {
  ChildProcess child(Parley({"listen", "--server", Both(), "--count", "1"}), {});
  ASSERT_TRUE(child.WaitForComplaint("listening"));
  FakeServer& lost = Taken();
  FakeServer& other = Free();
  other.RecoverWith(v1::RECOVERY_EXPIRED);
  lost.Stop();
  ASSERT_TRUE(child.WaitForComplaint("(expired)"));
  ASSERT_TRUE(child.WaitForComplaint("back on"));
  other.Say("general", "bob", "after");
  EXPECT_EQ(child.Wait(), 6);
}

TEST_F(CliReconnectTest, ChatOnATerminalShowsItsStateInThePrompt) {
  ChildProcess::Setting setting;
  setting.on_terminal = true;
  setting.environment["NO_COLOR"] = "1";
  ChildProcess child(Parley({"chat", "--server", Both()}), setting);
  ASSERT_TRUE(child.WaitForOutput("here: "));
  FakeServer& other = Free();
  Taken().Stop();
  ASSERT_TRUE(child.WaitForOutput("[general, reconnecting] "));
  child.Write("said meanwhile\r");
  ASSERT_TRUE(child.WaitForOutput("<tester> said meanwhile"));
  EXPECT_EQ(other.Log("general").size(), 1U);
  child.Write("\x04");
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(LinesWith(child.output(), "* connection to gateway-"), 1U);
  EXPECT_THAT(child.output(), Not(HasSubstr("! ")));
}

TEST_F(CliReconnectTest, PipedChatGoesOn) {
  ChildProcess child(Parley({"chat", "--server", Both(), "--wait", "0s"}), {});
  child.Write("one\n");
  ASSERT_TRUE(child.WaitForOutput("one"));
  Taken().Stop();
  child.Write("two\n");
  child.CloseInput();
  EXPECT_EQ(child.Wait(), 0);
  ASSERT_EQ(first_.Log("general").size(), 2U);
  EXPECT_EQ(first_.Log("general")[1].content(), "two");
}

TEST_F(CliReconnectTest, SendTriesTheAddressesThatItIsGiven) {
  const std::vector<std::vector<std::string>> ways = {
      {"--server", std::string(kNobody) + "," + first_.address()},
      {"--server", kNobody, "--server", first_.address()}};
  for (const std::vector<std::string>& way : ways) {
    EXPECT_EQ(RunParley(Joined({"send", "hello"}, way)).code, 0);
  }
  const Finished nobody = RunParley({"send", "hello", "--server", "127.0.0.1:1,127.0.0.1:2"});
  EXPECT_EQ(nobody.code, 4);
  EXPECT_THAT(nobody.complaints, HasSubstr("cannot connect to 127.0.0.1:1, 127.0.0.1:2"));
}

TEST_F(CliReconnectTest, AddressesMayComeFromTheEnvironment) {
  const Finished finished = RunParley(
      {"send", "hello"}, {{"PARLEY_SERVER", std::string(kNobody) + "," + first_.address()}});
  EXPECT_EQ(finished.code, 0);
}

TEST_F(CliReconnectTest, NoAddressIsAMistake) {
  EXPECT_EQ(RunParley({"send", "hello", "--server", ","}).code, 2);
}

}  // namespace
}  // namespace parley::client
