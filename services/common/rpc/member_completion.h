#pragma once

#include "services/common/rpc/loop.h"

namespace parley::rpc {

// A completion that calls a method of the object it is a member of, so that one object can have
// several operations in flight.
template <class Owner>
class MemberCompletion final : public Completion {
 public:
  using Method = void (Owner::*)(bool ok);

  MemberCompletion(Owner& owner, Method method) : owner_(owner), method_(method) {}

  void Complete(bool ok) override { (owner_.*method_)(ok); }

  // What gRPC is given; the loop casts it back.
  void* tag() { return static_cast<Completion*>(this); }

 private:
  Owner& owner_;
  const Method method_;
};

}  // namespace parley::rpc
