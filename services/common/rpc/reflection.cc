#include "services/common/rpc/reflection.h"

#include <algorithm>
#include <set>
#include <utility>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include "grpc/reflection/v1/reflection.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"

namespace parley::rpc {
namespace {

namespace pb = google::protobuf;
namespace v1 = grpc::reflection::v1;

const pb::DescriptorPool& Pool() { return *pb::DescriptorPool::generated_pool(); }

void Refuse(grpc::StatusCode code, const std::string& message,
            v1::ServerReflectionResponse& response) {
  v1::ErrorResponse& error = *response.mutable_error_response();
  error.set_error_code(code);
  error.set_error_message(message);
}

// A file after the files that it imports.
void AddWithImports(const pb::FileDescriptor& file, std::set<const pb::FileDescriptor*>& seen,
                    v1::FileDescriptorResponse& response) {
  if (!seen.insert(&file).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) {
    AddWithImports(*file.dependency(i), seen, response);
  }
  pb::FileDescriptorProto proto;
  file.CopyTo(&proto);
  response.add_file_descriptor_proto(proto.SerializeAsString());
}

// Clients expect the file asked for first.
void DescribeFile(const pb::FileDescriptor* file, v1::ServerReflectionResponse& response) {
  if (file == nullptr) {
    Refuse(grpc::StatusCode::NOT_FOUND, "this server does not know it", response);
    return;
  }
  v1::FileDescriptorResponse imports_first;
  std::set<const pb::FileDescriptor*> seen;
  AddWithImports(*file, seen, imports_first);
  auto& files = *response.mutable_file_descriptor_response()->mutable_file_descriptor_proto();
  files.Swap(imports_first.mutable_file_descriptor_proto());
  std::reverse(files.begin(), files.end());
}

const pb::FileDescriptor* FileOfExtension(const v1::ExtensionRequest& request) {
  const pb::Descriptor* type = Pool().FindMessageTypeByName(request.containing_type());
  if (type == nullptr) return nullptr;
  const pb::FieldDescriptor* field = Pool().FindExtensionByNumber(type, request.extension_number());
  return field == nullptr ? nullptr : field->file();
}

void ListExtensions(const std::string& type_name, v1::ServerReflectionResponse& response) {
  const pb::Descriptor* type = Pool().FindMessageTypeByName(type_name);
  if (type == nullptr) {
    Refuse(grpc::StatusCode::NOT_FOUND, "this server does not know it", response);
    return;
  }
  std::vector<const pb::FieldDescriptor*> fields;
  Pool().FindAllExtensions(type, &fields);
  v1::ExtensionNumberResponse& numbers = *response.mutable_all_extension_numbers_response();
  numbers.set_base_type_name(type_name);
  for (const pb::FieldDescriptor* field : fields) numbers.add_extension_number(field->number());
}

// Answers one request after the other.
class ReflectionStream final : public CallHandler {
 public:
  ReflectionStream(const Reflection& reflection, ServerCall& call)
      : reflection_(reflection), call_(call) {
    call_.Read();
  }

  void OnMessage(Bytes message) override {
    v1::ServerReflectionRequest request;
    if (!Decode(message, request)) {
      call_.Finish({grpc::StatusCode::INVALID_ARGUMENT, "the request cannot be parsed"});
      return;
    }
    call_.Write(Encode(reflection_.Answer(request)));
  }
  void OnWritten() override { call_.Read(); }
  void OnHalfClose() override { call_.Finish(grpc::Status::OK); }

 private:
  const Reflection& reflection_;
  ServerCall& call_;
};

}  // namespace

void Reflection::HandleOn(Server& server) {
  server.DescribedIn(*v1::ServerReflectionRequest::descriptor()->file());
  server.DescribedIn(*grpc::reflection::v1alpha::ServerReflectionRequest::descriptor()->file());
  for (const char* version : {"v1", "v1alpha"}) {
    server.Handle(
        std::string("/grpc.reflection.") + version + ".ServerReflection/ServerReflectionInfo",
        [this](ServerCall& call) { return std::make_unique<ReflectionStream>(*this, call); });
  }
}

void Reflection::SetServices(std::vector<std::string> services) { services_ = std::move(services); }

v1::ServerReflectionResponse Reflection::Answer(const v1::ServerReflectionRequest& request) const {
  v1::ServerReflectionResponse response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case v1::ServerReflectionRequest::kFileByFilename:
      DescribeFile(Pool().FindFileByName(request.file_by_filename()), response);
      break;
    case v1::ServerReflectionRequest::kFileContainingSymbol:
      DescribeFile(Pool().FindFileContainingSymbol(request.file_containing_symbol()), response);
      break;
    case v1::ServerReflectionRequest::kFileContainingExtension:
      DescribeFile(FileOfExtension(request.file_containing_extension()), response);
      break;
    case v1::ServerReflectionRequest::kAllExtensionNumbersOfType:
      ListExtensions(request.all_extension_numbers_of_type(), response);
      break;
    case v1::ServerReflectionRequest::kListServices:
      for (const std::string& service : services_) {
        response.mutable_list_services_response()->add_service()->set_name(service);
      }
      break;
    case v1::ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
      Refuse(grpc::StatusCode::INVALID_ARGUMENT, "the request asks for nothing", response);
      break;
  }
  return response;
}

}  // namespace parley::rpc
