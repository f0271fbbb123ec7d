#include "services/common/process/address.h"

#include <gtest/gtest.h>

namespace parley::process {
namespace {

TEST(AddressTest, HasHostAndPort) {
  EXPECT_EQ(ParseAddress("localhost:8080"), (Address{"localhost", 8080}));
  EXPECT_EQ(ParseAddress("127.0.0.1:0"), (Address{"127.0.0.1", 0}));
  EXPECT_EQ(ParseAddress("[::1]:65535"), (Address{"::1", 65535}));
}

TEST(AddressTest, NoHostIsAllInterfaces) { EXPECT_EQ(ParseAddress(":9102"), (Address{"", 9102})); }

TEST(AddressTest, RefusesWhatNobodyCanListenTo) {
  for (const char* wrong : {"", "localhost", "localhost:", "localhost:http", "localhost:65536",
                            "localhost:-1", "::1:8080", "[::1]", "[::1:80", "::1]:80", "[]:80",
                            "[localhost]:80", "http://localhost:80", "a b:80", "a:80 "}) {
    EXPECT_FALSE(ParseAddress(wrong)) << wrong;
  }
}

TEST(AddressTest, WhatIsWrittenIsRead) {
  for (const char* text : {"localhost:8080", "[::1]:80", ":9102", "0.0.0.0:0"}) {
    const auto address = ParseAddress(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(FormatAddress(*address), text);
  }
}

}  // namespace
}  // namespace parley::process
