#include <cstdio>
#include <exception>
#include <fstream>
#include <string>

#include "tests/chaos/options.h"
#include "tests/chaos/report.h"
#include "tests/chaos/run.h"

int main(int argc, char** argv) {
  namespace chaos = parley::chaos;
  chaos::Options options;
  if (!chaos::ParseOptions(argc, argv, options)) return 2;
  try {
    const chaos::Result result = chaos::Run(options);
    const std::string report = chaos::ReportOf(options, result);
    if (!options.report.empty()) {
      std::ofstream(options.report) << report;
    } else {
      std::printf("\n%s\n", report.c_str());
    }
    std::fputs(chaos::SummaryOf(options, result).c_str(), stdout);
    return result.violations.empty() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "parley_chaos: %s\n", error.what());
    return 1;
  }
}
