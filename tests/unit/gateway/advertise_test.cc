#include "services/gateway/advertise.h"

#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

TEST(AdvertiseTest, WhatIsWantedWins) {
  EXPECT_EQ(AdvertisedAddress("chat.example:443", "0.0.0.0:50051"), "chat.example:443");
}

TEST(AdvertiseTest, ABoundAddressIsToldAsItIs) {
  EXPECT_EQ(AdvertisedAddress("", "127.0.0.1:50051"), "127.0.0.1:50051");
  EXPECT_EQ(AdvertisedAddress("", "[::1]:50051"), "[::1]:50051");
}

TEST(AdvertiseTest, AllInterfacesAreNotAnAddressToDial) {
  for (const char* bound : {"0.0.0.0:50051", "[::]:50051"}) {
    const std::string told = AdvertisedAddress("", bound);
    EXPECT_TRUE(told == HostName() + ":50051" || told == "127.0.0.1:50051") << told;
  }
}

}  // namespace
}  // namespace parley::gateway
