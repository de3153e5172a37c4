#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "optimize/trajectory.hpp"
#include "tests/simulation/synthetic.hpp"

/// Drives a trajectory over a synthetic job without any runtime: requested cells lie in a bag,
/// chunks of them are taken out in an order drawn from a stream and come back finished.
namespace foundation::optimize {

struct CourseOptions {
  simulation::SyntheticJob job;
  TrajectoryOptions trajectory;
  std::string name;
};

/// Everything about a finished course that must not depend on the order of arrivals.
struct CourseResult {
  Trajectory::Phase phase = Trajectory::Phase::searching;
  std::vector<model::Candidate> candidates;
  std::vector<std::vector<model::CellRange>> used;  ///< train cells, by candidate
  /// Samples, by candidate: digest of the request, begin and end.
  std::vector<std::set<std::tuple<core::Digest, std::uint32_t, std::uint32_t>>> samples;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>,
           std::tuple<std::uint32_t, std::uint32_t, bool>>
      decisions;  ///< (heat, rung, candidate) -> (cells, rank, kept)
  std::map<std::uint32_t, std::tuple<double, std::uint32_t, bool>> outcomes;
  std::vector<std::uint32_t> prefixes;  ///< validation cells each candidate got
  model::CandidateIndex winner = model::no_candidate;
  std::string stop_reason, failure;
  std::uint64_t committed = 0;
  std::uint64_t charged = 0;  ///< validation cells, and what proposals used
  bool operator==(const CourseResult&) const = default;
};

/// What a journal would hold: proposals, text requests and finished chunks in their order.
struct FinishedChunk {
  model::CellRange range;
  std::vector<model::CellResult> results;
  std::vector<std::string> texts;
};
using JournalEntry = std::variant<Proposal, FinishedChunk, model::NumberedRequest>;

struct Course {
  CourseResult result;
  std::vector<JournalEntry> journal;
  std::uint64_t requested = 0;        ///< cells ever asked for, test cells included
  std::uint64_t requested_again = 0;  ///< of them, cells that were finished before the start
  bool test_before_end = false;       ///< a test cell was asked for while searching
};

/// Order 0 delivers everything in the order of requests, one range at a time; other orders cut
/// ranges into chunks and deliver them at random.
[[nodiscard]] Course run_course(const CourseOptions& options, std::uint32_t order,
                                std::span<const JournalEntry> restored = {},
                                double kept_results = 1.0);

[[nodiscard]] std::vector<CourseOptions> course_options();

/// What GoogleTest prints for a parameter.
inline void PrintTo(const CourseOptions& options, std::ostream* out) { *out << options.name; }

}  // namespace foundation::optimize
