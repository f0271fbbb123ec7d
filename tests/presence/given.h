#pragma once

#include <string>

namespace parley::presence_test {

// What the program was given with `--brokers`.
const std::string& GivenBrokers();

// A name that no other test of any run uses.
std::string Fresh(const std::string& stem);

}  // namespace parley::presence_test
