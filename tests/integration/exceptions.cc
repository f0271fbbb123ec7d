#include "tests/integration/exceptions.h"

#include <algorithm>
#include <iterator>

namespace parley::test {

using Needs = Exception::Needs;

const std::vector<Exception>& AllExceptions() {
  static const std::vector<Exception> all = {
      {"SendTest.PrintsNothingWhileTheBrokerIsGoneAndEndsUnknown", Needs::kEmbeddedBroker,
       "takes the broker down; BrokersTest does so with real ones"},
      {"SendTest.RepeatedAsARetryAfterAnUnknownOutcomeItIsShownOnce", Needs::kEmbeddedBroker,
       "takes the broker down"},
      {"SendTest.ABrokerThatBreaksTheConnectionDuringTheSendIsTriedAgain", Needs::kEmbeddedBroker,
       "has the broker break connections"},
      {"SendTest.AnAnswerThatComesTooLateIsUnknownAndTheRetryIsShownOnce", Needs::kEmbeddedBroker,
       "delays the broker's answers"},
      {"LogOnKafkaTest.*", Needs::kRealBrokers, "deletes and changes topics"},
      {"RetentionOnKafkaTest.*", Needs::kRealBrokers, "deletes records"},
      {"RetentionTest.*", Needs::kRealBrokers, "deletes records"},
      {"TopicsOnKafkaTest.*", Needs::kRealBrokers, "deletes and changes topics"},
      {"BrokersTest.*", Needs::kThreeBrokersUnderControl, "kills brokers"},
  };
  return all;
}

std::vector<Exception> ExceptionsIn(const Surroundings& surroundings) {
  const auto given = [&](const Exception& exception) {
    switch (exception.needs) {
      case Needs::kEmbeddedBroker:
        return !surroundings.real_brokers;
      case Needs::kRealBrokers:
        return surroundings.real_brokers;
      case Needs::kThreeBrokersUnderControl:
        return surroundings.three_brokers_under_control;
    }
    return false;
  };
  std::vector<Exception> here;
  std::remove_copy_if(AllExceptions().begin(), AllExceptions().end(), std::back_inserter(here),
                      given);
  return here;
}

std::string Without(const std::vector<Exception>& exceptions, std::string filter) {
  // What stands behind the first dash is left out.
  char separator = filter.find('-') == std::string::npos ? '-' : ':';
  for (const Exception& exception : exceptions) {
    filter += separator;
    filter += exception.tests;
    separator = ':';
  }
  return filter;
}

}  // namespace parley::test
