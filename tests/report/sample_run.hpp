#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "campaign/records.hpp"
#include "journal/journal.hpp"
#include "journal/posix_disk.hpp"

namespace foundation::testing {

/// Writes a run's journal record by record, as a coordinator would, into a real folder.
class RunWriter {
 public:
  explicit RunWriter(const std::filesystem::path& folder);

  /// Claims the next epoch for this process, or for `owner`, and begins to write it.
  void begin_epoch(journal::Claim owner = this_owner());
  template <class Record>
  void add(campaign::RecordKind kind, const Record& record) {
    append(kind, campaign::encode(record));
  }
  void add_results(const campaign::ResultsHeader& header,
                   const std::vector<model::CellResult>& cells,
                   const std::vector<std::string>& outputs = {});
  void append(campaign::RecordKind kind, const std::vector<std::byte>& payload);
  /// Makes everything durable.
  void flush();
  [[nodiscard]] journal::PosixDisk& disk() noexcept { return disk_; }
  [[nodiscard]] static journal::Claim this_owner();

 private:
  journal::PosixDisk disk_;
  std::optional<journal::Writer> writer_;
};

struct SampleOptions {
  std::uint32_t candidates = 4;
  std::uint32_t examples = 10;  ///< on each split
  std::uint32_t trials = 2;
  bool finished = true;
  bool resumed = true;  ///< there is a second session
  bool outputs = true;  ///< answers on the train split
  bool texts = false;   ///< two text requests: three texts, one of them twice, and a failure
  bool costs = false;   ///< a cell costs its candidate's index and one; at most 3.5 in the mean
  std::string decoration{};  ///< appended to every text
  journal::Claim owner = RunWriter::this_owner();
};

inline constexpr core::WallLabel sample_start = 1'700'000'000'000'000'000;

[[nodiscard]] campaign::JobRecord sample_job(const SampleOptions& options);
/// Result of a cell as a function of its place, so that tests can expect it.
[[nodiscard]] model::CellResult sample_cell(model::CandidateIndex candidate, model::Split split,
                                            std::uint32_t position);
/// A run of two sessions: results in parts, some of them twice, racing, a lost worker.
void write_sample_run(const std::filesystem::path& folder, const SampleOptions& options = {});

}  // namespace foundation::testing
