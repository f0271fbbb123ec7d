#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/common/clock.h"
#include "standalone/standalone.h"

namespace parley::test {

// A whole Parley in this process on free ports, on an embedded broker of its own or on the brokers
// that the test program was given with `--brokers`. Ready when constructed; throws
// std::runtime_error with what was missing otherwise.
class Cluster final {
 public:
  struct Size {
    int gateways = 1;
    int routers = 1;
    int presences = 1;
  };

  explicit Cluster(Size size);
  // For tests that need other limits: `config` is used as it is, but for the ports.
  explicit Cluster(standalone::StandaloneConfig config);

  // Where clients connect to gateway `index`, counted round.
  std::string Gateway(std::size_t index) const;
  std::string Broker() const;
  std::string GatewayAdmin(std::size_t index) const;
  std::string RouterAdmin(std::size_t index) const;
  kafka::EmbeddedBroker& embedded_broker();

  void StopRouters();
  // Ready when it returns.
  void StartRouters();

  // The sum of a metric's series on an admin port, e.g. `parley_deliveries_total`; 0 when it is
  // absent.
  static double Metric(const std::string& admin_address, const std::string& name);

 private:
  void WaitUntilReady();

  SystemClock clock_;
  std::unique_ptr<standalone::Standalone> standalone_;
  standalone::Endpoints endpoints_;
};

// A channel name that no other test of this run uses.
std::string FreshChannel(const std::string& stem);

}  // namespace parley::test
