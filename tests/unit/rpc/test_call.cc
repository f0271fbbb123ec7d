#include "tests/unit/rpc/test_call.h"

#include <utility>
#include <vector>

#include <grpcpp/support/slice.h>

namespace parley::rpc {

Bytes ToBytes(const std::string& text) {
  const grpc::Slice slice(text);
  return Bytes(&slice, 1);
}

std::string ToText(const Bytes& bytes) {
  std::vector<grpc::Slice> slices;
  if (!bytes.Dump(&slices).ok()) return "<no bytes>";
  std::string text;
  for (const grpc::Slice& slice : slices) text.append(slice.begin(), slice.end());
  return text;
}

std::string ToText(const grpc::Status& status) {
  if (status.ok()) return "0";
  return std::to_string(status.error_code()) + " " + status.error_message();
}

TestCall::TestCall(Loop& loop, std::shared_ptr<grpc::Channel> channel, const std::string& method)
    : loop_(loop) {
  loop_.Run([&] {
    CallListener& listener = *this;
    call_.emplace(loop_, std::move(channel), method, listener);
  });
}

void TestCall::Write(const std::string& text) {
  if (std::exchange(wrote_, true)) written_.Next();
  loop_.Run([&] { call_->Write(ToBytes(text)); });
}

void TestCall::HalfClose() {
  loop_.Run([&] { call_->HalfClose(); });
}

void TestCall::LetGo() {
  if (call_) loop_.Run([&] { call_.reset(); });
}

class TestService::Handler final : public CallHandler {
 public:
  explicit Handler(TestService& service, ServerCall& call) : service_(service) { call.Read(); }
  ~Handler() override { service_.events.Add("destroyed"); }
  void OnMessage(Bytes message) override { service_.events.Add("message " + ToText(message)); }
  void OnHalfClose() override { service_.events.Add("half close"); }
  void OnWritten() override { service_.events.Add("written"); }
  void OnDone() override { service_.events.Add("done"); }

 private:
  TestService& service_;
};

std::string TestService::NextAfterHalfClose() {
  std::string event = events.Next();
  return event == "half close" ? events.Next() : event;
}

std::unique_ptr<CallHandler> TestService::Accept(ServerCall& call) {
  call_ = &call;
  events.Add("arrived");
  return std::make_unique<Handler>(*this, call);
}

}  // namespace parley::rpc
