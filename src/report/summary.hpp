#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "storage/schema.hpp"
#include "storage/table_source.hpp"

namespace foundation::report {

struct ScoreInterval {
  double estimate = 0;
  double low = 0;  ///< of the 95 % interval
  double high = 0;
};

struct CandidateSummary {
  std::uint32_t index = 0;
  std::int64_t parent = -1;
  std::string origin;
  std::string changes;  ///< against the baseline
  bool settled = false;
  bool complete = false;  ///< judged on the whole validation split
  bool valid = false;
  double score = 0;         ///< NaN unless valid
  std::uint32_t cells = 0;  ///< validation cells behind the score
};

/// What a parameter is set to. Whole numbers are numbers, demonstrations a JSON list of positions.
struct SettingSummary {
  using Value = std::variant<double, bool, std::string>;
  std::string parameter;
  Value value;
};

struct ResultSummary {
  std::int64_t winner = -1;
  std::int64_t baseline = 0;
  double validation_winner = 0;
  double validation_baseline = 0;  ///< NaN when racing stopped it
  ScoreInterval test_winner;
  ScoreInterval test_baseline;
  ScoreInterval test_difference;  ///< winner - baseline, paired
  std::string answer;
  std::string stop_reason;
  std::uint64_t evaluations = 0;
  std::uint64_t test_evaluations = 0;
  std::uint64_t duplicates = 0;
  std::int64_t at = 0;
  std::vector<SettingSummary> settings;  ///< of the winner
};

struct RacingSummary {
  std::uint32_t heats = 0;
  std::uint32_t stopped_early = 0;     ///< settled candidates that did not get all cells
  std::uint64_t validation_cells = 0;  ///< evaluated
  std::uint64_t full_matrix = 0;       ///< cells without racing
};

/// What candidates are compared by, and what is said of it.
struct GoalSummary {
  std::string objective;  ///< score, cost, latency
  std::string unit;
  bool maximise = false;
  double limit = 0;   ///< NaN: there is none
  double weight = 0;  ///< NaN unless the winner is chosen by weights
  bool decides = false;
};

/// A candidate on the Pareto front.
struct FrontMember {
  std::uint32_t candidate = 0;
  double score = 0;
  double cost = 0;     ///< NaN where it is no objective, or unknown
  double latency = 0;  ///< likewise
  bool limits_kept = false;
  bool wins = false;
};

struct ObjectivesSummary {
  std::vector<GoalSummary> goals;  ///< empty: the score is the only one
  std::vector<FrontMember> front;  ///< by score, best first
};

/// Texts that a strategy had written.
struct TextsSummary {
  std::uint64_t requests = 0;
  std::uint64_t samples = 0;  ///< texts that came or failed
  std::uint64_t failed = 0;
};

/// One of the failed cells, as an example of its kind.
struct FailureExample {
  std::uint32_t candidate = 0;
  std::string split;    ///< "request": of a text request, number `candidate`
  std::string example;  ///< its name
  std::string text;     ///< what the program, or its end, had to say
};

struct FailureCount {
  std::string kind;
  std::uint64_t cells = 0;
  std::optional<FailureExample> first;  ///< the first with a text
};

struct WorkerSummary {
  std::uint32_t epoch = 0;
  std::uint32_t worker = 0;
  std::string host;
  std::uint32_t slots = 0;
  std::string presence;  ///< joined, left, lost
  std::string reason;
  std::uint64_t cells = 0;
  double busy_s = 0;  ///< over all slots
  double present_s = 0;
  /// Share of its slots' time that was spent in the program; 0 when unknown.
  [[nodiscard]] double utilisation() const;
};

/// A machine of one session.
struct NodeSummary {
  std::uint32_t epoch = 0;
  std::string node;
  std::uint32_t workers = 0;
  std::uint32_t workers_lost = 0;
  std::uint32_t slots = 0;
  std::int64_t planned_slots = -1;  ///< -1: unknown, as the next ones
  std::int64_t asked_slots = -1;
  std::int64_t ranks = -1;
  std::int64_t cores = -1;
  double load = 0;            ///< NaN: unknown
  double load_of_others = 0;  ///< at the start; NaN: unknown
  std::int64_t memory_bytes = -1;
  std::int64_t memory_available_bytes = -1;
  std::string gpus;
  std::string note;  ///< why fewer slots than asked, or more than fit
};

struct JobSummary {
  std::string name;
  std::string program;
  std::string metric;
  std::string trainset_file;
  std::uint64_t seed = 0;
  bool maximise = true;
  std::uint32_t trials = 1;
  std::uint32_t train = 0;  ///< examples
  std::uint32_t validation = 0;
  std::uint32_t test = 0;
  std::int64_t created_at = 0;
};

/// What a report says about a run, read from its tables: of a file or straight from a journal.
struct Summary {
  std::string state;              ///< running, stopped, finished
  std::string status;             ///< partial, final: what the tables hold
  std::optional<JobSummary> job;  ///< none: nothing has been written yet
  std::uint64_t sessions = 0;
  std::optional<ResultSummary> result;
  std::vector<CandidateSummary> candidates;  ///< best first, those judged on less behind
  std::uint64_t evaluations = 0;             ///< finished cells of all splits, and texts
  RacingSummary racing;
  ObjectivesSummary objectives;
  TextsSummary texts;
  std::vector<FailureCount> failures;  ///< by kind, those that occurred
  std::vector<WorkerSummary> workers;
  std::vector<NodeSummary> nodes;

  [[nodiscard]] const CandidateSummary* candidate(std::int64_t index) const;
};

/// The tables that `summarise` reads; every published file has them, but for the last three.
inline constexpr std::array<std::string_view, 11> summary_tables = {
    storage::schema::job::table,       storage::schema::sessions::table,
    storage::schema::result::table,    storage::schema::candidates::table,
    storage::schema::decisions::table, storage::schema::failures::table,
    storage::schema::workers::table,   storage::schema::nodes::table,
    storage::schema::requests::table,  storage::schema::goals::table,
    storage::schema::front::table};

/// Throws core::Error{corrupt_data} when the tables lack something.
[[nodiscard]] Summary summarise(const storage::TableSource& tables);

struct ReportPlace {
  std::string run;     ///< as it is to be named in commands
  std::string file;    ///< published file; empty when there is none yet
  std::string folder;  ///< empty for a lone file
};

/// For people: several lines, `shown` candidates at most.
[[nodiscard]] std::string to_text(const Summary& summary, const ReportPlace& place,
                                  std::size_t shown);
/// One JSON object; members are only ever added within a schema version.
[[nodiscard]] std::string to_json(const Summary& summary, const ReportPlace& place,
                                  std::size_t shown);
/// Tab-separated lines: `key value` pairs, then one line a candidate, failure, worker and node,
/// each beginning with its kind.
[[nodiscard]] std::string to_plain(const Summary& summary, std::size_t shown);

}  // namespace foundation::report
