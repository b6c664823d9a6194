// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "services/common/reasons.h"
#include "services/common/status.h"
#include "services/vision/pool.h"
#include "tests/tools/hostile_inputs.h"
#include "tests/tools/label_painter.h"

namespace loopdock::vision {
namespace {

std::string Encoded(const cv::Mat& pixels, const std::string& extension = ".png") {
  std::vector<unsigned char> bytes;
  cv::imencode(extension, pixels, bytes);
  return {bytes.begin(), bytes.end()};
}

std::string Label(const std::string& text) {
  loopdock::testing::Label label;
  label.title = "ASSET";
  label.symbols = {{"Code128", text, ""}};
  return Encoded(loopdock::testing::PaintLabel(label, 3));
}

v1::Request DecodeRequest(int deadline_ms = 0) {
  v1::Request request;
  request.set_deadline_ms(deadline_ms);
  request.mutable_decode();
  return request;
}

std::unique_ptr<VisionPool> Pool(int workers = 1, const std::string& program = "") {
  PoolOptions options;
  options.workers = workers;
  if (!program.empty()) {
    options.worker_path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / program;
  }
  auto pool = VisionPool::Create(options);
  EXPECT_TRUE(pool.ok()) << pool.status();
  return pool.ok() ? *std::move(pool) : nullptr;
}

void ExpectReads(VisionPool& pool, const std::string& text) {
  const auto response = pool.Run(Label(text), DecodeRequest());
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->decode().symbols_size(), 1);
  EXPECT_EQ(response->decode().symbols(0).content(), text);
}

std::string ReasonOf(const absl::StatusOr<v1::Response>& response) {
  return common::ReasonOf(response.status());
}

template <typename Condition>
bool Eventually(Condition condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// A picture that is with a worker that does not move: what follows decides what becomes of it.
class StuckPicture {
 public:
  StuckPicture(VisionPool& pool, const std::string& picture, v1::Request request)
      : worker_(pool.stats().workers.at(0)) {
    kill(worker_, SIGSTOP);
    auto promise = std::make_shared<std::promise<absl::StatusOr<v1::Response>>>();
    answer_ = promise->get_future();
    pool.Submit(picture, std::move(request), [promise](absl::StatusOr<v1::Response> response) {
      promise->set_value(std::move(response));
    });
    EXPECT_TRUE(Eventually([&pool] { return pool.stats().working == 1; }));
  }
  pid_t worker() const { return worker_; }
  absl::StatusOr<v1::Response> Answer() { return answer_.get(); }

 private:
  pid_t worker_;
  std::future<absl::StatusOr<v1::Response>> answer_;
};

TEST(VisionPool, ReadsAndMeasuresWithVersions) {
  const auto pool = Pool();
  const auto response = pool->Run(Label("R58LD0A9KXW"), DecodeRequest());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->decode().symbols(0).content(), "R58LD0A9KXW");
  EXPECT_GT(response->worker_ms(), 0);
  EXPECT_EQ(response->versions().decoder(), "zxing 1.4.0");
  EXPECT_EQ(pool->versions().SerializeAsString(), response->versions().SerializeAsString());

  v1::Request measure;
  measure.mutable_measure()->set_um_per_px(80);
  const auto measured = pool->Run(Label("X"), measure);
  ASSERT_TRUE(measured.ok()) << measured.status();
  EXPECT_TRUE(measured->has_measurement());

  const auto nothing = pool->Run(Label("X"), v1::Request());
  EXPECT_EQ(ReasonOf(nothing), "WORKER_REQUEST_INVALID");
}

TEST(VisionPool, NextPictureIsAnsweredAfterOneThatKillsANaiveWorker) {
  const std::string killer = Encoded(loopdock::testing::PaintWorkerKiller());
  const auto naive = Pool(1, "vision-naive-worker");
  EXPECT_EQ(ReasonOf(naive->Run(killer, DecodeRequest())), "DECODER_CRASHED");
  EXPECT_EQ(naive->stats().crashes, 2);
  EXPECT_EQ(naive->stats().retries, 1);
  // The same pool still serves: the damage ends with the worker.
  EXPECT_TRUE(naive->Run(Encoded(cv::Mat(40, 40, CV_8UC1, cv::Scalar(9))), DecodeRequest()).ok());

  const auto pool = Pool();
  const auto response = pool->Run(killer, DecodeRequest());
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->decode().symbols_size(), 1);
  EXPECT_EQ(response->decode().symbols(0).format(), "Code128");
  ExpectReads(*pool, "NEXT-0001");
}

TEST(VisionPool, KilledWorkerCostsItsPictureOneRetryInTheSafestMode) {
  const auto pool = Pool();
  StuckPicture picture(*pool, Label("KILLED-42"), DecodeRequest());
  kill(picture.worker(), SIGKILL);
  const auto response = picture.Answer();
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->decode().symbols_size(), 1);
  EXPECT_EQ(response->decode().symbols(0).content(), "KILLED-42");
  EXPECT_EQ(response->decode().symbols(0).attempt(), "single/linear");
  EXPECT_EQ(pool->stats().crashes, 1);
  EXPECT_EQ(pool->stats().retries, 1);
  ExpectReads(*pool, "NEXT-0002");
}

TEST(VisionPool, DeadlineEndsAWorkerThatHangs) {
  const auto pool = Pool();
  StuckPicture picture(*pool, Label("HANGS"), DecodeRequest(50));
  EXPECT_EQ(ReasonOf(picture.Answer()), "PICTURE_TIMEOUT");
  EXPECT_EQ(pool->stats().timeouts, 1);
  ExpectReads(*pool, "NEXT-0003");
}

TEST(VisionPool, IdleWorkerThatDiedIsReplacedAndCostsNothing) {
  const auto pool = Pool();
  const pid_t worker = pool->stats().workers.at(0);
  kill(worker, SIGKILL);
  ASSERT_TRUE(Eventually([&] { return pool->stats().starts == 2; }));
  ExpectReads(*pool, "NEXT-0004");
  EXPECT_EQ(pool->stats().crashes, 0);
  EXPECT_EQ(kill(worker, 0), -1) << "the old worker was not waited for";
}

TEST(VisionPool, FullQueueIsRefusedWithRetryInfo) {
  PoolOptions options;
  options.workers = 1;
  options.queue_max = 2;
  auto made = VisionPool::Create(options);
  ASSERT_TRUE(made.ok());
  VisionPool& pool = **made;
  StuckPicture picture(pool, Label("SLOW"), DecodeRequest());
  std::atomic<int> answered = 0;
  for (int i = 0; i < 2; ++i) {
    pool.Submit(Label("WAITS"), DecodeRequest(),
                [&](auto response) { answered += response.ok() ? 1 : 100; });
  }
  const auto refused = pool.Run(Label("TOO MANY"), DecodeRequest());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(common::RetryAfterOf(refused.status()).ok());
  EXPECT_EQ(pool.stats().refused, 1);
  kill(picture.worker(), SIGCONT);
  EXPECT_TRUE(picture.Answer().ok());
  EXPECT_TRUE(Eventually([&] { return answered == 2; }));
}

TEST(VisionPool, HostilePicturesEachGetTheirReason) {
  const auto pool = Pool();
  for (const auto& input : loopdock::testing::HostilePictures(Label("GOOD-0001"), 17)) {
    const auto response = pool->Run(input.bytes, DecodeRequest());
    EXPECT_FALSE(response.ok()) << input.name;
    const common::Reason* reason = common::FindReason(ReasonOf(response));
    ASSERT_NE(reason, nullptr) << input.name;
    EXPECT_EQ(reason->code, absl::StatusCode::kInvalidArgument) << input.name << response.status();
  }
  EXPECT_EQ(ReasonOf(pool->Run("", DecodeRequest())), "EMPTY_PICTURE");
  const absl::Time start = absl::Now();
  EXPECT_EQ(ReasonOf(pool->Run(loopdock::testing::PngBomb(20'000, 20'000, 0.002), DecodeRequest())),
            "IMAGE_TOO_LARGE");
  EXPECT_LT(absl::Now() - start, absl::Seconds(30));
  EXPECT_EQ(pool->stats().crashes, 0);
  ExpectReads(*pool, "NEXT-0005");
}

// The file-size limit of a worker used to end it when a library complained on a standard error that
// was a file: every picture with damaged data cost a worker.
TEST(VisionPool, WorkerSurvivesComplaintsIntoALogFile) {
  std::string name = (std::filesystem::temp_directory_path() / "vision_log_XXXXXX").string();
  const int log = mkstemp(name.data());
  ASSERT_GE(log, 0);
  const int standard_error = dup(STDERR_FILENO);
  ASSERT_EQ(dup2(log, STDERR_FILENO), STDERR_FILENO);
  const auto pool = Pool();
  dup2(standard_error, STDERR_FILENO);
  close(standard_error);
  close(log);
  std::filesystem::remove(name);
  ASSERT_NE(pool, nullptr);

  for (const auto& input : loopdock::testing::HostilePictures(Label("LOG-1"), 20)) {
    EXPECT_FALSE(pool->Run(input.bytes, DecodeRequest()).ok()) << input.name;
  }
  ExpectReads(*pool, "LOG-2");
  EXPECT_EQ(pool->stats().crashes, 0);
}

TEST(VisionPool, LargestAllowedPictureFitsIntoAWorker) {
  const auto pool = Pool();
  const auto response = pool->Run(loopdock::testing::PngBomb(10'000, 5'000), DecodeRequest(30'000));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->decode().symbols_size(), 0);
  v1::Request measure;
  measure.set_deadline_ms(30'000);
  measure.mutable_measure();
  const auto measured = pool->Run(loopdock::testing::PngBomb(10'000, 5'000), measure);
  EXPECT_TRUE(measured.ok()) << measured.status();
  EXPECT_EQ(pool->stats().crashes, 0);
}

TEST(VisionPool, ManyCallersShareTheWorkers) {
  const auto pool = Pool(2);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 6; ++caller) {
    callers.emplace_back([&pool, caller] {
      for (int i = 0; i < 5; ++i) {
        ExpectReads(*pool, "C-" + std::to_string(caller) + "-" + std::to_string(i));
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(pool->stats().answered, 30);
}

TEST(VisionPool, LeavesNeitherChildNorDescriptor) {
  const auto descriptors = [] {
    const std::filesystem::directory_iterator entries("/proc/self/fd");
    return std::distance(begin(entries), end(entries));
  };
  const auto before = descriptors();
  {
    const auto pool = Pool(2);
    kill(pool->stats().workers.at(0), SIGKILL);
    ExpectReads(*pool, "LEAK-1");
    ExpectReads(*pool, "LEAK-2");
  }
  EXPECT_EQ(descriptors(), before);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(VisionPool, WaitingPicturesAreAnsweredWhenThePoolEnds) {
  auto pool = Pool();
  auto picture = std::make_unique<StuckPicture>(*pool, Label("LAST"), DecodeRequest());
  absl::Status waiting;
  pool->Submit(Label("WAITS"), DecodeRequest(),
               [&](auto response) { waiting = response.status(); });
  kill(picture->worker(), SIGCONT);
  pool.reset();
  EXPECT_TRUE(picture->Answer().ok());
  EXPECT_TRUE(waiting.ok() || common::ReasonOf(waiting) == "SHUTTING_DOWN") << waiting;
}

TEST(VisionPool, SaysThatItsWorkerIsMissing) {
  PoolOptions options;
  options.worker_path = "/nowhere/loopdock-vision";
  EXPECT_EQ(common::ReasonOf(VisionPool::Create(options).status()), "WORKER_UNAVAILABLE");
  options.worker_path = "/bin/true";
  EXPECT_EQ(common::ReasonOf(VisionPool::Create(options).status()), "WORKER_UNAVAILABLE");
}

// What the kernel says about the worker while it waits for pictures.
TEST(VisionPool, WorkerHasClosedItselfIn) {
  const auto pool = Pool();
  const std::string folder = "/proc/" + std::to_string(pool->stats().workers.at(0));
  const auto contents = [&folder](const char* name) {
    std::ifstream file(folder + "/" + name);
    return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  };
  const std::string status = contents("status");
  EXPECT_NE(status.find("NoNewPrivs:\t1"), std::string::npos);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_NE(status.find("Seccomp:\t2"), std::string::npos);
  EXPECT_NE(status.find("Threads:\t1\n"), std::string::npos);
  const std::string limits = contents("limits");
  EXPECT_NE(limits.find("Max open files            4 "), std::string::npos) << limits;
  EXPECT_NE(limits.find("Max address space         1610612736 "), std::string::npos) << limits;
#endif
}

// The demonstration's labels against their truth: all that is readable, and nothing else.
TEST(VisionPool, ReadsTheDemonstrationPallet) {
  const char* source = std::getenv("LOOPDOCK_SOURCE_DIR");
  ASSERT_NE(source, nullptr) << "run by ctest";
  const std::string folder = std::string(source) + "/tests/data/demo/";
  const auto contents = [](const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  };
  const auto pallet = nlohmann::json::parse(contents(folder + "pallet.json"));
  ASSERT_GE(pallet["labels"].size(), 6U);
  const auto pool = Pool();
  for (const auto& label : pallet["labels"]) {
    std::multiset<std::string> expected;
    for (const auto& symbol : label["symbols"]) {
      if (symbol["readable"]) {
        expected.insert(symbol["format"].get<std::string>() + " " +
                        symbol["text"].get<std::string>());
      }
    }
    const std::string file = label["file"];
    const auto response = pool->Run(contents(folder + file), DecodeRequest());
    ASSERT_TRUE(response.ok()) << file << response.status();
    std::multiset<std::string> read;
    for (const auto& symbol : response->decode().symbols()) {
      read.insert(symbol.format() + " " + symbol.content());
    }
    EXPECT_EQ(read, expected) << file;
  }
}

TEST(VisionPool, WorksFromAnyFolder) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path("/");
  const auto pool = Pool();
  ExpectReads(*pool, "FOLDER-1");
  std::filesystem::current_path(before);
}

// Bars, and below them "S/N: " and what they say.
cv::Mat LabelWithPrint(const std::string& serial) {
  cv::Mat paper(360, 900, CV_8UC1, cv::Scalar::all(235));
  const cv::Mat bars = loopdock::testing::PaintSymbol({"Code128", serial, "", false, 3, 90, true});
  bars.copyTo(paper(cv::Rect(100, 90, bars.cols, bars.rows)));
  cv::putText(paper, "S/N: " + serial, {120, 250}, cv::FONT_HERSHEY_SIMPLEX, 1, cv::Scalar::all(25),
              2, cv::LINE_AA);
  return paper;
}

// The recogniser lives inside the worker's limits: no new file, no thread, bounded memory.
TEST(VisionPool, ProposesPrintWhereASymbolCannotBeRead) {
  const auto pool = Pool();
  const cv::Mat whole_label = LabelWithPrint("R58LD4A9KXW");
  cv::Mat torn_label = whole_label.clone();
  for (int x = 140; x < 700; x += 60) {
    cv::line(torn_label, {x, 90}, {x + 25, 196}, cv::Scalar::all(200), 24, cv::LINE_AA);
  }
  v1::Request request = DecodeRequest();
  request.mutable_decode()->set_propose_text(true);
  const auto torn = pool->Run(Encoded(torn_label), request);
  ASSERT_TRUE(torn.ok()) << torn.status();
  EXPECT_EQ(torn->decode().symbols_size(), 0);
  EXPECT_GE(torn->decode().unread_size(), 1);
  ASSERT_GE(torn->decode().proposals_size(), 1) << torn->ShortDebugString();
  EXPECT_EQ(torn->decode().proposals(0).value(), "R58LD4A9KXW");
  EXPECT_EQ(torn->versions().text().rfind("tesseract ", 0), 0U);

  const auto whole = pool->Run(Encoded(whole_label), request);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->decode().symbols_size(), 1);
  EXPECT_EQ(whole->decode().proposals_size(), 0);

  // Noise, bars without end, and both at once: nothing to propose, and no worker lost.
  cv::Mat bars(480, 640, CV_8UC1, cv::Scalar::all(220));
  for (int x = 0; x + 4 < bars.cols; x += 9) bars.colRange(x, x + 4).setTo(30);
  cv::Mat noise(bars.size(), CV_8UC1);
  cv::RNG rng(7);
  rng.fill(noise, cv::RNG::UNIFORM, 0, 256);
  for (const cv::Mat& picture : {bars, noise, cv::Mat((bars + noise) / 2)}) {
    const auto response = pool->Run(Encoded(picture), request);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_LE(response->decode().proposals_size(), 8);
  }
  EXPECT_EQ(pool->stats().crashes, 0);
  EXPECT_EQ(pool->stats().timeouts, 0);
}

}  // namespace
}  // namespace loopdock::vision
