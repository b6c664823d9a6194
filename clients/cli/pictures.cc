// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/pictures.h"

#include <deque>
#include <future>
#include <memory>

#include "services/common/fileio.h"
#include "services/vision/pool.h"

namespace loopdock::cli {
namespace {

using Answer = absl::StatusOr<vision::v1::Response>;

// A person waits for these, nothing else does: more time than a service allows.
constexpr absl::Duration kDeadline = absl::Seconds(30);

struct Waiting {
  std::string file;
  std::future<Answer> answer;
};

std::future<Answer> Submit(vision::VisionPool& pool, const std::string& file,
                           const vision::v1::Request& request) {
  auto promise = std::make_shared<std::promise<Answer>>();
  std::future<Answer> future = promise->get_future();
  auto bytes = common::ReadFile(file);
  if (!bytes.ok()) {
    promise->set_value(bytes.status());
    return future;
  }
  pool.Submit(*std::move(bytes), request,
              [promise](Answer answer) { promise->set_value(std::move(answer)); });
  return future;
}

}  // namespace

absl::Status WorkPictures(const std::vector<std::string>& files, int workers,
                          const vision::v1::Request& request, const PictureAnswer& answer) {
  vision::PoolOptions options;
  options.workers = workers;
  options.deadline_default = kDeadline;
  // What waits has been read by us and is as little as we choose.
  options.queue_bytes_max = static_cast<size_t>(common::kFileBytesMax) * 130;
  auto pool = vision::VisionPool::Create(options);
  if (!pool.ok()) {
    for (const std::string& file : files) answer(file, pool.status());
    return pool.status();
  }
  std::deque<Waiting> waiting;
  const auto take = [&waiting, &answer] {
    const Answer got = waiting.front().answer.get();
    answer(waiting.front().file, got);
    waiting.pop_front();
  };
  for (const std::string& file : files) {
    if (waiting.size() >= static_cast<size_t>(workers) * 2) take();
    waiting.push_back({file, Submit(**pool, file, request)});
  }
  while (!waiting.empty()) take();
  return absl::OkStatus();
}

}  // namespace loopdock::cli
