#include "standalone/announcement.h"

#include <sstream>

namespace parley::standalone {
namespace {

constexpr const char* kDefaultServer = "127.0.0.1:50051";

}  // namespace

std::string Announcement(const Endpoints& endpoints, bool embedded_broker,
                         const std::string& programs) {
  std::ostringstream text;
  text << "\nParley is running in this terminal";
  text << (embedded_broker ? ", on an embedded broker that forgets everything when it stops.\n\n"
                           : ".\n\n");
  for (const auto& gateway : endpoints.gateways) {
    text << "  " << gateway.id << "   clients " << gateway.grpc << "   metrics http://"
         << gateway.admin << "/metrics\n";
  }
  text << "  Kafka       " << endpoints.broker << "\n\nType in two more terminals:\n\n";
  std::size_t next = 0;
  for (const char* user : {"ann", "bob"}) {
    const std::string& server = endpoints.gateways[next++ % endpoints.gateways.size()].grpc;
    text << "  " << programs << "parley chat --user " << user;
    if (server != kDefaultServer) text << " --server " << server;
    text << "\n";
  }
  text << "\nAny Kafka client can talk too:\n\n  echo '{\"content\":\"hi\"}' | kcat -P -b "
       << endpoints.broker << " -t chatting -k general\n\nCtrl-C stops it.\n\n";
  return text.str();
}

}  // namespace parley::standalone
