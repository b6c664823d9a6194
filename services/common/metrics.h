// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_METRICS_H_
#define LOOPDOCK_SERVICES_COMMON_METRICS_H_

// The metrics of one process: counters, gauges and histograms in Prometheus form. Names begin with
// `loopdock_` and are listed in docs/operating/observability.md.
// Thread safety: every function is safe from any thread.
// Ownership: what is returned lives as long as the Metrics object; keep the reference, look-up
// takes a lock.
// Limits: labels come from fixed lists (service, method, code), never from requests.

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <string>
#include <vector>

namespace loopdock::common {

class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  Metrics();

  prometheus::Counter& Counter(const std::string& name, const std::string& help,
                               const Labels& labels = {});
  prometheus::Gauge& Gauge(const std::string& name, const std::string& help,
                           const Labels& labels = {});
  // Without `buckets`: seconds from 100 us to 30 s.
  prometheus::Histogram& Histogram(const std::string& name, const std::string& help,
                                   const Labels& labels = {},
                                   const std::vector<double>& buckets = {});

  // The text form that a scrape reads.
  std::string Text() const;

 private:
  prometheus::Registry registry_;
};

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_METRICS_H_
