#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/records.hpp"
#include "core/time.hpp"
#include "report/merged_tables.hpp"
#include "report/run_view.hpp"

namespace foundation::report {

/// What a merged file says about one run.
struct MergedRun {
  std::string folder;
  std::uint64_t seed = 0;
  core::Digest identity;
  std::string winner_settings;
  core::Digest winner_digest;  ///< of parameters and demonstrations by their ids: comparable
  campaign::FinishedRecord result;
};

/// What the runs say together. Scores are those of the winners on test.
struct MergeSummary {
  std::size_t best = 0;       ///< by validation, as within a run: its test score does not flatter
  double test_mean = 0;       ///< these four are NaN without a test split
  double test_deviation = 0;  ///< NaN for one run
  double test_least = 0;
  double test_largest = 0;
  std::size_t winners = 0;  ///< different ones
};

/// Independent runs of one job that differ in their seed only, as one set of tables
/// (storage/schema.hpp). Holds the tables of all runs in memory. Local.
class Merge {
 public:
  /// Takes in a run. Throws core::Error{bad_input} with the reason if it does not belong to the
  /// others: another job, program or trainset, a seed that is there already, or no result yet.
  void add(const std::string& folder, const RunView& view);
  [[nodiscard]] const std::vector<MergedRun>& runs() const noexcept { return runs_; }
  [[nodiscard]] const std::string& job() const noexcept { return job_->name; }
  /// Of at least one run.
  [[nodiscard]] MergeSummary summarise() const;
  /// Writes all tables. Call it once, at the end.
  void publish(storage::TableSink& sink, core::WallLabel date);

 private:
  void require_same_job(const std::string& folder, const campaign::JobRecord& job) const;

  std::optional<campaign::JobRecord> job_;  ///< of the first run
  std::vector<MergedRun> runs_;
  MergedTables tables_;
};

/// Keys of two effective job files that differ and must not: "strategy.candidates: 32 and 64".
/// Seed, name, folders, the trainset's path and what does not change an answer may differ.
[[nodiscard]] std::vector<std::string> differing_keys(std::string_view toml,
                                                      std::string_view other);

[[nodiscard]] std::string to_text(const Merge& merge, std::string_view file);
[[nodiscard]] std::string to_json(const Merge& merge, std::string_view file);

}  // namespace foundation::report
