#pragma once

#include <prometheus/histogram.h>

namespace parley::process {

// The buckets of every latency histogram, in seconds, so that services can be compared and added
// up.
inline prometheus::Histogram::BucketBoundaries LatencyBuckets() {
  return {.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30};
}

}  // namespace parley::process
