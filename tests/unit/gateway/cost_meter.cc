#include "tests/unit/gateway/cost_meter.h"

#include <dlfcn.h>
#include <pthread.h>

#include <cstdlib>

namespace {

thread_local bool counting = false;
thread_local parley::gateway::Cost cost;

void CountAllocation() {
  if (counting) ++cost.allocations;
}

using LockFunction = int (*)(pthread_mutex_t*);

LockFunction LibcLock() {
  static const auto lock = reinterpret_cast<LockFunction>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  return lock;
}

}  // namespace

extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  if (counting) ++cost.locks;
  return LibcLock()(mutex);
}

// AddressSanitizer has a heap of its own, which can be listened to (g++ ships no header for that);
// libc's is replaced by definitions that count and pass on.
#ifdef __SANITIZE_ADDRESS__

using OnMalloc = void (*)(const volatile void*, std::size_t);
using OnFree = void (*)(const volatile void*);
extern "C" int InstallHooks(OnMalloc on_malloc,
                            OnFree on_free) __asm__("__sanitizer_install_malloc_and_free_hooks");

namespace {
[[maybe_unused]] const int hooks = InstallHooks(
    [](const volatile void*, std::size_t) { CountAllocation(); }, [](const volatile void*) {});
}  // namespace

#else

extern "C" {

void* LibcMalloc(std::size_t size) __asm__("__libc_malloc");
void* LibcCalloc(std::size_t count, std::size_t size) __asm__("__libc_calloc");
void* LibcRealloc(void* memory, std::size_t size) __asm__("__libc_realloc");

void* malloc(std::size_t size) noexcept {
  CountAllocation();
  return LibcMalloc(size);
}

void* calloc(std::size_t count, std::size_t size) noexcept {
  CountAllocation();
  return LibcCalloc(count, size);
}

void* realloc(void* memory, std::size_t size) noexcept {
  CountAllocation();
  return LibcRealloc(memory, size);
}

}  // extern "C"

#endif

namespace parley::gateway {

CostMeter::CostMeter() {
  cost = {};
  counting = true;
}

CostMeter::~CostMeter() { counting = false; }

Cost CostMeter::Read() const { return cost; }

}  // namespace parley::gateway
