#pragma once

#include <string>
#include <vector>

#include "services/common/rpc/server.h"

namespace grpc::reflection::v1 {
class ServerReflectionRequest;
class ServerReflectionResponse;
}  // namespace grpc::reflection::v1

namespace parley::rpc {

// Server reflection, v1 and v1alpha, which are the same bytes under two names. Answers from
// protobuf's generated pool.
class Reflection final {
 public:
  // Before the server starts.
  void HandleOn(Server& server);
  void SetServices(std::vector<std::string> services);

  // Any thread, once the server runs.
  [[nodiscard]] grpc::reflection::v1::ServerReflectionResponse Answer(
      const grpc::reflection::v1::ServerReflectionRequest& request) const;

 private:
  std::vector<std::string> services_;
};

}  // namespace parley::rpc
