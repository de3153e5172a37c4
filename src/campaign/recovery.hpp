#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "campaign/records.hpp"
#include "journal/journal.hpp"
#include "optimize/cell_store.hpp"
#include "optimize/trajectory.hpp"

namespace foundation::campaign {

/// Decisions by heat, rung and candidate, and outcomes by candidate, each as its latest record's
/// payload: a session writes what it derives only where it differs (a raised budget reopens the
/// last heat).
using DecisionLog = std::map<std::tuple<std::uint32_t, std::uint32_t, model::CandidateIndex>,
                             std::vector<std::byte>>;
using OutcomeLog = std::map<model::CandidateIndex, std::vector<std::byte>>;

/// What earlier sessions of a run left in its journal.
struct Recovered {
  journal::Recovery log;
  std::optional<JobRecord> job;               ///< none: the run is new
  std::vector<optimize::Proposal> proposals;  ///< in sequence
  std::vector<model::TextRequest> requests;   ///< by index
  DecisionLog decisions;
  OutcomeLog outcomes;
  std::uint64_t examples = 0;  ///< examples written down so far
  std::uint64_t cells = 0;     ///< evaluations restored (test cells excepted)
  std::uint64_t duplicates = 0;
  std::vector<model::CellRange> suspects;  ///< cells that processes held when they ended
  SpendingRecord spending;                 ///< the last one
  std::uint32_t sessions = 0;
  std::optional<FinishedRecord> finished;  ///< the answer, if the run got that far
};

/// The first record of a run, without reading the rest; nothing if the run is new.
[[nodiscard]] std::optional<JobRecord> read_job(const journal::Disk& disk);

/// Reads the journal into `store` (which has the sizes of the job's splits). Throws
/// core::Error{corrupt_data} when records contradict each other or the store.
[[nodiscard]] Recovered recover(const journal::Disk& disk, optimize::CellStore& store);

}  // namespace foundation::campaign
