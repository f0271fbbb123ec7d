#pragma once

#include <string>

namespace parley::presence_test {

// What the program was given with `--brokers`.
const std::string& GivenBrokers();

// `--quiet`: nothing else runs on this machine, so that a comparison of latencies means something.
bool GivenQuiet();

// A name that no other test of any run uses.
std::string Fresh(const std::string& stem);

}  // namespace parley::presence_test
