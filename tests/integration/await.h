#pragma once

#include <functional>
#include <string>

namespace parley::test {

// Looks until `done` says true. Throws std::runtime_error that names `what` when that does not come
// about within a minute.
void Await(const std::string& what, const std::function<bool()>& done);

}  // namespace parley::test
