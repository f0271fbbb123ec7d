#include "cli/chat/wakeup.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace parley::cli {

Wakeup::Wakeup() : descriptor_(eventfd(0, EFD_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Wakeup::~Wakeup() { close(descriptor_); }

void Wakeup::Set() const {
  const std::uint64_t one = 1;
  (void)!write(descriptor_, &one, sizeof one);
}

}  // namespace parley::cli
