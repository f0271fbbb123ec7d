#include "services/gateway/grpc/admission.h"

#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

TEST(AdmissionTest, NobodyComesInBeforeItIsOpen) {
  Admission admission(10);
  EXPECT_EQ(admission.Enter()->code, edge::v1::ERROR_UNAVAILABLE);
  EXPECT_EQ(admission.Pass()->code, edge::v1::ERROR_UNAVAILABLE);
  admission.Open();
  EXPECT_FALSE(admission.Enter());
  EXPECT_FALSE(admission.Pass());
}

TEST(AdmissionTest, HoldsAsManySessionsAsItMay) {
  Admission admission(2);
  admission.Open();
  EXPECT_FALSE(admission.Enter());
  EXPECT_FALSE(admission.Enter());
  EXPECT_EQ(admission.Enter()->code, edge::v1::ERROR_FULL);
  EXPECT_EQ(admission.Enter()->code, edge::v1::ERROR_FULL);
  EXPECT_EQ(admission.sessions(), 2u);
  admission.Leave();
  EXPECT_FALSE(admission.Enter());
}

TEST(AdmissionTest, OnceItDrainsNoNewSessionsComeButCallsGoOn) {
  Admission admission(2);
  admission.Open();
  EXPECT_FALSE(admission.Enter());
  admission.Drain();
  EXPECT_EQ(admission.Enter()->code, edge::v1::ERROR_DRAINING);
  EXPECT_FALSE(admission.Pass());
  EXPECT_EQ(admission.sessions(), 1u);
}

}  // namespace
}  // namespace parley::gateway
