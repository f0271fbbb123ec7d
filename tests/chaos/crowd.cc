#include "tests/chaos/crowd.h"

#include <algorithm>
#include <thread>

#include "tests/simulation/dice.h"

namespace parley::chaos {
namespace {

// Two or three of them, none twice.
std::vector<std::string> SomeChannels(simulation::Dice& dice, std::size_t channels) {
  std::vector<std::string> names;
  const std::size_t count = std::min(channels, 2 + dice.Below(2));
  while (names.size() < count) {
    std::string name = "room-" + std::to_string(dice.Below(channels));
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

Crowd::Crowd(const CrowdSize& size, const ClientSettings& settings, std::uint64_t seed)
    : settings_(settings) {
  simulation::Dice dice(seed);
  for (std::size_t i = 0; i < size.threads; ++i) {
    threads_.push_back(std::make_unique<Thread>("clients-" + std::to_string(i)));
  }
  for (std::size_t i = 0; i < size.clients; ++i) {
    Thread& thread = *threads_[i % threads_.size()];
    const std::vector<std::string> channels = SomeChannels(dice, size.channels);
    const std::uint64_t own_seed = dice.Seed();
    thread.loop.Run([&] {
      thread.clients.push_back(
          std::make_unique<Client>(Client::Context{thread.loop, thread.words, settings_, load_},
                                   "c" + std::to_string(i), channels, own_seed));
    });
  }
  for (std::size_t i = 0; i < size.library_clients; ++i) {
    const std::vector<std::string> channels = SomeChannels(dice, size.channels);
    library_clients_.push_back(std::make_unique<LibraryClient>(
        settings_, load_, "lib" + std::to_string(i), channels, dice.Seed()));
  }
}

Crowd::~Crowd() { End(); }

std::vector<std::string> Crowd::Unsettled() {
  std::vector<std::string> states;
  for (const auto& thread : threads_) {
    thread->loop.Run([&] {
      for (const auto& client : thread->clients) {
        if (!client->settled()) states.push_back(client->State());
      }
    });
  }
  for (const auto& client : library_clients_) {
    if (!client->settled()) states.push_back(client->State());
  }
  return states;
}

std::vector<std::string> Crowd::WaitUntilSettled(std::chrono::milliseconds most) {
  const auto deadline = std::chrono::steady_clock::now() + most;
  std::vector<std::string> unsettled = Unsettled();
  while (!unsettled.empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    unsettled = Unsettled();
  }
  return unsettled;
}

std::size_t Crowd::Acked() {
  std::size_t acked = 0;
  for (const auto& thread : threads_) {
    thread->loop.Run([&] {
      for (const auto& client : thread->clients) acked += client->acked();
    });
  }
  for (const auto& client : library_clients_) acked += client->acked();
  return acked;
}

void Crowd::End() {
  for (const auto& thread : threads_) {
    if (thread->ended) continue;
    thread->ended = true;
    thread->loop.Run([&] {
      for (const auto& client : thread->clients) client->End();
    });
    thread->loop.Stop();
  }
  for (const auto& client : library_clients_) client->End();
}

std::vector<Crowd::Record> Crowd::Records() const {
  std::vector<Record> records;
  for (const auto& thread : threads_) {
    for (const auto& client : thread->clients) {
      records.push_back({client->log(), client->attachments(), client->settled(),
                         client->not_recovered(), client->channels().size()});
    }
  }
  for (const auto& client : library_clients_) {
    records.push_back({client->log(), client->attachments(), client->settled(),
                       client->counters().not_recovered, client->channels()});
    records.push_back({client->socket_log(), none_, client->settled()});
  }
  return records;
}

}  // namespace parley::chaos
