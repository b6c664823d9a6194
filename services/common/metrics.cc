// SPDX-License-Identifier: Apache-2.0
#include "services/common/metrics.h"

#include <prometheus/text_serializer.h>

namespace loopdock::common {

// Merge: asking twice for the same name and labels gives the same metric.
Metrics::Metrics() : registry_(prometheus::Registry::InsertBehavior::Merge) {}

prometheus::Counter& Metrics::Counter(const std::string& name, const std::string& help,
                                      const Labels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add(labels);
}

prometheus::Gauge& Metrics::Gauge(const std::string& name, const std::string& help,
                                  const Labels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add(labels);
}

prometheus::Histogram& Metrics::Histogram(const std::string& name, const std::string& help,
                                          const Labels& labels,
                                          const std::vector<double>& buckets) {
  static const std::vector<double>* const kSeconds =
      new std::vector<double>{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                              0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30};
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_).Add(
      labels, buckets.empty() ? *kSeconds : buckets);
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace loopdock::common
