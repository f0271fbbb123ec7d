#pragma once

#include <string>

namespace parley::test {

// What the test program was given with `--brokers`; empty: each cluster has an embedded broker of
// its own.
const std::string& GivenBrokers();

}  // namespace parley::test
