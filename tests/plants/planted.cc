#include <cstdlib>
#include <string_view>

#include "services/common/plant.h"

namespace parley {
namespace {

std::string_view Plants() {
  static const char* const names = std::getenv("PARLEY_PLANT");
  return names == nullptr ? "" : names;
}

}  // namespace

bool Planted(const char* name) {
  std::string_view rest = Plants();
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    if (rest.substr(0, comma) == name) return true;
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return false;
}

}  // namespace parley
