// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/render/plans.h"

#include <algorithm>
#include <cmath>

namespace loopdock::render {
namespace {

// 1920x1080 is a camera's video size; all others are four to three, as stills are.
cv::Size SizeOf(const PlanWish& wish) {
  return {wish.width_px, wish.width_px == 1920 ? 1080 : wish.width_px * 3 / 4};
}

Shot Base(const PlanWish& wish, int i) {
  const auto& models = Models();
  return AnyShot(models[static_cast<size_t>(i) % models.size()], SizeOf(wish), wish.tilt_max_deg,
                 wish.seed + static_cast<uint64_t>(i));
}

double Even(cv::RNG& rng, double least, double most) {
  return std::exp(rng.uniform(std::log(least), std::log(most)));
}

// Two marks that touch would be one to any measuring.
bool FarFromOthers(const RenderedDefect& mark, const std::vector<RenderedDefect>& others) {
  constexpr double kClearMm = 7;
  for (const RenderedDefect& other : others) {
    for (const Path& path : other.paths) {
      for (const cv::Point2d& a : path) {
        for (const cv::Point2d& b : mark.paths.front()) {
          if (cv::norm(a - b) < kClearMm) return false;
        }
      }
    }
  }
  return true;
}

void AddScratch(const ScratchWish& wish, uint64_t seed, Shot& shot) {
  for (uint64_t attempt = 0; attempt < 20; ++attempt) {
    RenderedDefect scratch = MakeScratch(*shot.model, wish, seed + attempt * 1000003);
    if (scratch.paths.empty() || !FarFromOthers(scratch, shot.defects)) continue;
    shot.defects.push_back(std::move(scratch));
    return;
  }
}

// Longest that the plain part of every model has room for at any angle.
double LengthMax(const DeviceModel& model, double wished) {
  return std::min(wished, model.shows_display || model.fixtures.size() < 3 ? 60.0 : 45.0);
}

ScratchWish AnyScratch(const DeviceModel& model, cv::RNG& rng) {
  ScratchWish wish;
  wish.length_mm = LengthMax(model, Even(rng, 2, 60));
  wish.width_mm = Even(rng, 0.05, 1);
  // Fine scratches are as bright as broad ones: they are sharper.
  wish.contrast = rng.uniform(28.0, 80.0);
  return wish;
}

const DeviceModel& Named(const std::string& name) {
  if (name == WideBezel().name) return WideBezel();
  return *std::find_if(Models().begin(), Models().end(),
                       [&](const DeviceModel& one) { return one.name == name; });
}

// On the models of these names in turn, each with what `add` gives it.
template <typename Add>
std::vector<Shot> PlanOn(const PlanWish& wish, const std::vector<std::string>& names, Add add) {
  std::vector<Shot> shots;
  for (int i = 0; i < wish.count; ++i) {
    const std::string& name = names[static_cast<size_t>(i) % names.size()];
    Shot shot =
        AnyShot(Named(name), SizeOf(wish), wish.tilt_max_deg, wish.seed + static_cast<uint64_t>(i));
    cv::RNG rng(shot.seed * 7349 + 11);
    add(rng, shot);
    shots.push_back(std::move(shot));
  }
  return shots;
}

}  // namespace

std::vector<Shot> PlanChips(const PlanWish& wish) {
  const std::vector<std::string> all = {"slate", "birch", "reed", "moss", "fjord",
                                        "onyx",  "chalk", "sea",  "rust", "tin"};
  return PlanOn(wish, all, [](cv::RNG& rng, Shot& shot) {
    shot.defects = {MakeChip(*shot.model, Even(rng, 1, 4), shot.seed * 3 + 1)};
  });
}

// Glass breaks, metal and plastic dent.
std::vector<Shot> PlanDents(const PlanWish& wish) {
  return PlanOn(wish, {"sea", "rust", "tin"}, [](cv::RNG& rng, Shot& shot) {
    shot.defects = {MakeDent(*shot.model, Even(rng, 3, 10), shot.seed * 3 + 1)};
  });
}

std::vector<Shot> PlanDiscolourations(const PlanWish& wish) {
  return PlanOn(wish, {"chalk", "sea", "rust", "tin"}, [](cv::RNG& rng, Shot& shot) {
    for (uint64_t attempt = 0; shot.defects.empty() && attempt < 20; ++attempt) {
      RenderedDefect faded =
          MakeDiscolouration(*shot.model, Even(rng, 14, 30), shot.seed * 31 + attempt);
      if (!faded.paths.empty()) shot.defects.push_back(std::move(faded));
    }
  });
}

std::vector<Shot> PlanWear(const PlanWish& wish) {
  return PlanOn(wish, {"onyx", "sea", "rust", "tin"}, [](cv::RNG& rng, Shot& shot) {
    shot.defects = {MakeWear(*shot.model, Even(rng, 10, 35), shot.seed * 3 + 1)};
  });
}

std::vector<Shot> PlanMissingParts(const PlanWish& wish) {
  return PlanOn(wish, {"birch", "reed", "onyx", "chalk", "sea", "rust", "tin"},
                [](cv::RNG&, Shot& shot) { shot.defects = {MakeMissingPart(*shot.model)}; });
}

// Short ones: it is nowhere long and wide.
std::vector<Shot> PlanBezels(const PlanWish& wish) {
  return PlanOn(wish, {"birch", "heron"}, [](cv::RNG& rng, Shot& shot) {
    const ScratchWish scratch{.length_mm = Even(rng, 3, 12),
                              .width_mm = Even(rng, 0.25, 0.8),
                              .contrast = rng.uniform(28.0, 80.0),
                              .in_bezel = true};
    for (uint64_t attempt = 0; shot.defects.empty() && attempt < 40; ++attempt) {
      RenderedDefect made = MakeScratch(*shot.model, scratch, shot.seed * 31 + attempt);
      if (!made.paths.empty()) shot.defects.push_back(std::move(made));
    }
  });
}

std::vector<Shot> PlanCleanBezels(const PlanWish& wish) {
  return PlanOn(wish, {"birch", "heron"}, [](cv::RNG&, Shot&) {});
}

std::vector<Shot> PlanClean(const PlanWish& wish) {
  std::vector<Shot> shots;
  for (int i = 0; i < wish.count; ++i) {
    shots.push_back(Base(wish, i));
    shots.back().dust = 5 + i % 20;
  }
  return shots;
}

std::vector<Shot> PlanScratches(const PlanWish& wish) {
  std::vector<Shot> shots;
  for (int i = 0; i < wish.count; ++i) {
    Shot shot = Base(wish, i);
    cv::RNG rng(shot.seed * 104729 + 5);
    for (uint64_t k = 0; k < 3; ++k) {
      AddScratch(AnyScratch(*shot.model, rng), shot.seed * 31 + k, shot);
    }
    shots.push_back(std::move(shot));
  }
  return shots;
}

std::vector<Shot> PlanCracks(const PlanWish& wish) {
  std::vector<Shot> shots;
  for (int i = 0; i < wish.count; ++i) {
    shots.push_back(Base(wish, i));
    shots.back().defects = {MakeCrackWeb(*shots.back().model, shots.back().seed * 13 + 1)};
  }
  return shots;
}

std::vector<Shot> PlanMixed(const PlanWish& wish) {
  std::vector<Shot> shots = PlanScratches(wish);
  for (Shot& shot : shots) {
    const RenderedDefect stain =
        MakeStain(*shot.model, 6 + static_cast<double>(shot.seed % 5), shot.seed);
    if (!stain.paths.empty() && FarFromOthers(stain, shot.defects)) shot.defects.push_back(stain);
    if (shot.seed % 3 == 0) shot.defects.push_back(MakeChip(*shot.model, 2.5, shot.seed + 9));
  }
  return shots;
}

std::vector<Shot> PlanRepeats(const PlanWish& wish) {
  constexpr int kTimes = 10;
  std::vector<Shot> shots;
  for (int i = 0; i < wish.count; ++i) {
    const int device = i / kTimes;
    Shot shot = Base(wish, i);
    shot.model = &Models()[static_cast<size_t>(device) % Models().size()];
    // Another place and lean each time, on the mat of this device.
    shot = AnyShot(*shot.model, SizeOf(wish), wish.tilt_max_deg, shot.seed);
    shot.device_seed = wish.seed + 1'000'000 + static_cast<uint64_t>(device);
    cv::RNG rng(shot.device_seed);
    const int marks = device % 7;
    for (int k = 0; k < marks; ++k) {
      AddScratch(AnyScratch(*shot.model, rng), shot.device_seed * 31 + static_cast<uint64_t>(k),
                 shot);
    }
    shot.light_level = 0.8 + 0.4 * (i % kTimes) / (kTimes - 1);
    shots.push_back(std::move(shot));
  }
  return shots;
}

std::vector<Shot> Plan(const std::string& kind, const PlanWish& wish) {
  if (kind == "clean") return PlanClean(wish);
  if (kind == "scratch") return PlanScratches(wish);
  if (kind == "crack") return PlanCracks(wish);
  if (kind == "repeat") return PlanRepeats(wish);
  if (kind == "chip") return PlanChips(wish);
  if (kind == "dent") return PlanDents(wish);
  if (kind == "discolouration") return PlanDiscolourations(wish);
  if (kind == "wear") return PlanWear(wish);
  if (kind == "bezel") return PlanBezels(wish);
  if (kind == "missing") return PlanMissingParts(wish);
  return PlanMixed(wish);
}

}  // namespace loopdock::render
