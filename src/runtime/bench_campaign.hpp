#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "campaign/coordinator.hpp"
#include "campaign/recovery.hpp"
#include "campaign/scoring.hpp"
#include "journal/posix_disk.hpp"
#include "optimize/cell_store.hpp"
#include "optimize/trajectory.hpp"
#include "programs/metric.hpp"
#include "programs/program.hpp"

namespace foundation::runtime {

/// The trainset of the measurements: `examples` validation examples, nothing to test on.
[[nodiscard]] programs::SplitDataset bench_data(std::uint32_t examples);

/// A campaign with a program that does nothing, over a run folder of its own.
class BenchCampaign {
 public:
  BenchCampaign(const programs::SplitDataset& data, std::uint32_t candidates,
                const std::filesystem::path& folder);

  campaign::Coordinator& coordinate(campaign::Effects& effects, campaign::Now now,
                                    const campaign::SchedulerOptions& scheduler);
  /// Derives the state of the search from what was recovered.
  void derive() { trajectory_->advance(); }
  [[nodiscard]] journal::PosixDisk& disk() noexcept { return disk_; }
  [[nodiscard]] optimize::CellStore& store() noexcept { return store_; }
  [[nodiscard]] const campaign::Recovered& recovered() const noexcept { return recovered_; }

 private:
  std::unique_ptr<programs::Metric> metric_;
  campaign::Scoring scoring_;
  optimize::CellStore store_;
  journal::PosixDisk disk_;
  journal::Claim claim_;
  campaign::Recovered recovered_;
  std::unique_ptr<optimize::Trajectory> trajectory_;
  std::optional<campaign::Coordinator> coordinator_;
};

}  // namespace foundation::runtime
