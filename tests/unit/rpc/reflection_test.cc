// gRPC's server reflection as the server answers it.
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include "grpc/health/v1/health.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "services/common/rpc/client_call.h"
#include "services/common/rpc/server.h"
#include "tests/unit/rpc/test_call.h"

namespace parley::rpc {
namespace {

namespace v1 = grpc::reflection::v1;
using testing::ElementsAre;

class ReflectionTest : public testing::TestWithParam<std::string> {
 protected:
  ReflectionTest() : server_({.name = "test"}) {
    server_.Handle("/test.Test/Echo",
                   [](ServerCall& call) { return std::make_unique<EchoHandler>(call); });
    server_.Start();
    call_ = std::make_unique<TestCall>(
        loop_, Connect(server_.address()),
        "/grpc.reflection." + GetParam() + ".ServerReflection/ServerReflectionInfo");
    EXPECT_EQ(call_->events.Next(), "started");
  }

  v1::ServerReflectionResponse Ask(const v1::ServerReflectionRequest& request) {
    call_->Write(request.SerializeAsString());
    const std::string event = call_->events.Next();
    v1::ServerReflectionResponse response;
    EXPECT_TRUE(response.ParseFromString(event.substr(std::string("message ").size())));
    EXPECT_EQ(response.original_request().SerializeAsString(), request.SerializeAsString());
    return response;
  }

  Server server_;
  Loop loop_{"client"};
  std::unique_ptr<TestCall> call_;
};

TEST_P(ReflectionTest, ListsTheServicesHandled) {
  v1::ServerReflectionRequest request;
  request.set_list_services("*");
  std::vector<std::string> names;
  const auto response = Ask(request);
  for (const auto& service : response.list_services_response().service()) {
    names.push_back(service.name());
  }
  EXPECT_THAT(names, ElementsAre("grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                 "grpc.reflection.v1alpha.ServerReflection", "test.Test"));
}

TEST_P(ReflectionTest, DescribesAServiceSoThatAClientCanBuildIt) {
  v1::ServerReflectionRequest request;
  request.set_file_containing_symbol("grpc.reflection." + GetParam() + ".ServerReflection");
  const auto response = Ask(request);
  ASSERT_EQ(response.file_descriptor_response().file_descriptor_proto_size(), 1);
  google::protobuf::FileDescriptorProto file;
  ASSERT_TRUE(file.ParseFromString(response.file_descriptor_response().file_descriptor_proto(0)));
  google::protobuf::DescriptorPool pool;
  const auto* built = pool.BuildFile(file);
  ASSERT_NE(built, nullptr);
  EXPECT_EQ(built->service(0)->method(0)->name(), "ServerReflectionInfo");
}

TEST_P(ReflectionTest, FindsFilesByNameAndByMethod) {
  v1::ServerReflectionRequest request;
  request.set_file_by_filename("grpc/health/v1/health.proto");
  const std::string file = Ask(request).file_descriptor_response().file_descriptor_proto(0);
  request.set_file_containing_symbol("grpc.health.v1.Health.Check");
  EXPECT_TRUE(Ask(request).file_descriptor_response().file_descriptor_proto(0) == file);
}

TEST_P(ReflectionTest, AnswersNotFoundAndGoesOn) {
  v1::ServerReflectionRequest request;
  request.set_file_containing_symbol("no.such.Thing");
  EXPECT_EQ(Ask(request).error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  request.set_file_by_filename("none.proto");
  EXPECT_EQ(Ask(request).error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  request.mutable_file_containing_extension()->set_containing_type("no.such.Type");
  EXPECT_EQ(Ask(request).error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  request.set_all_extension_numbers_of_type("no.such.Type");
  EXPECT_EQ(Ask(request).error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  request.clear_message_request();
  EXPECT_EQ(Ask(request).error_response().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_all_extension_numbers_of_type("grpc.health.v1.HealthCheckRequest");
  EXPECT_EQ(Ask(request).all_extension_numbers_response().base_type_name(),
            "grpc.health.v1.HealthCheckRequest");
}

TEST_P(ReflectionTest, EndsWhenTheClientDoes) {
  call_->HalfClose();
  EXPECT_EQ(call_->events.Next(), "done 0");
}

INSTANTIATE_TEST_SUITE_P(Versions, ReflectionTest, testing::Values("v1", "v1alpha"));

}  // namespace
}  // namespace parley::rpc
