#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/records.hpp"
#include "cluster/node_sample.hpp"
#include "cluster/placed_node.hpp"
#include "cluster/registry.hpp"
#include "cluster/traffic.hpp"
#include "journal/disk.hpp"
#include "journal/journal.hpp"
#include "optimize/cell_store.hpp"

namespace foundation::report {

/// Consecutive cells of one candidate and split whose first results came together.
struct Chunk {
  static constexpr std::uint64_t no_texts = std::numeric_limits<std::uint64_t>::max();
  std::uint32_t begin = 0;
  std::uint32_t count = 0;
  std::uint32_t worker = 0;
  journal::Epoch epoch = 0;
  core::WallLabel received_at = 0;
  std::uint64_t first_text = no_texts;  ///< index into RunView::texts of the first cell's answer
};

/// Many texts in one block of memory.
class TextHeap {
 public:
  void add(std::string_view text);
  [[nodiscard]] std::uint64_t size() const noexcept { return ends_.size(); }
  [[nodiscard]] std::uint64_t offset(std::uint64_t index) const noexcept {
    return index == 0 ? 0 : ends_[index - 1];
  }
  [[nodiscard]] std::uint64_t length(std::uint64_t index) const noexcept {
    return ends_[index] - offset(index);
  }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
  std::vector<std::uint64_t> ends_;
};

/// A cell that failed, with what it left to say.
struct FailedCell {
  model::CandidateIndex candidate = 0;
  model::Split split = model::Split::validation;
  std::uint32_t position = 0;
  model::CellStatus status = model::CellStatus::crashed;
  std::string text;
};

/// A text that was written for a request, or could not be.
struct Sample {
  std::uint32_t number = 0;
  model::CellResult result;
  std::string text;  ///< empty where texts are not taken in
  std::uint32_t worker = 0;
  journal::Epoch epoch = 0;
  core::WallLabel received_at = 0;
};

struct AskedText {
  campaign::RequestRecord record;
  std::vector<Sample> samples;  ///< those that have come, by number
};

struct ExampleLabel {
  std::string id;
  std::string label;
};

template <class Record>
struct InEpoch {
  journal::Epoch epoch = 0;
  Record record;
};

/// A service from its registration until its end, if it has ended before its session did.
struct RegisteredService {
  journal::Epoch epoch = 0;
  cluster::Service service;
  std::optional<core::WallLabel> ended_at;
};

enum class RunState : std::uint8_t {
  running,  ///< the last session has noted no end: at work, or killed
  stopped,  ///< ended early, can be continued
  finished,
};
[[nodiscard]] std::string_view name_of(RunState state) noexcept;

/// Everything a run's journal says, once: repeated records count the first time. 33 bytes a cell
/// and 40 a chunk.
struct RunView {
  journal::Recovery recovery;              ///< of the whole journal, also beyond `sequence`
  journal::Epoch epoch = 0;                ///< of the last record taken in
  journal::Sequence sequence = 0;          ///< of the last record taken in
  std::optional<campaign::JobRecord> job;  ///< none: nothing was written yet
  std::array<std::vector<ExampleLabel>, model::split_count> examples;  ///< by position
  std::vector<InEpoch<campaign::SessionRecord>> sessions;
  std::vector<campaign::ProposalRecord> proposals;  ///< by candidate
  optimize::CellStore cells{{}};
  /// By candidate and split, in the order of `begin`, without overlaps: exactly the cells that
  /// are finished.
  std::vector<std::array<std::vector<Chunk>, model::split_count>> chunks;
  std::vector<AskedText> requests;   ///< by index
  TextHeap texts;                    ///< answers that were kept
  std::vector<FailedCell> failures;  ///< the first few of each kind, as they came in
  std::vector<campaign::DecisionRecord> decisions;
  std::vector<std::optional<optimize::CandidateOutcome>> outcomes;  ///< by candidate
  std::vector<InEpoch<campaign::WorkerRecord>> workers;
  std::optional<campaign::SpendingRecord> spending;      ///< the latest; none: no amount is limited
  std::optional<campaign::ObjectivesRecord> objectives;  ///< the latest; none: only the score
  std::vector<campaign::ProgressRecord> progress;
  std::vector<InEpoch<cluster::NodeSample>> samples;
  std::vector<InEpoch<cluster::Traffic>> traffic;
  std::vector<InEpoch<campaign::StartedRecord>> starts;
  std::vector<InEpoch<cluster::Placement>> placements;
  std::vector<RegisteredService> services;           ///< in the order of their registration
  std::optional<campaign::StoppedRecord> stopped;    ///< the latest, of any session
  std::optional<campaign::FinishedRecord> finished;  ///< the latest, of any session
  RunState state = RunState::running;                ///< of the last session
  std::uint64_t duplicates = 0;                      ///< results for cells that had one
  core::WallLabel last_seen = 0;                     ///< latest label of time in any record

  /// Epoch of the last session that has begun: what an epoch stores again of the one before comes
  /// ahead of its own session.
  [[nodiscard]] journal::Epoch session() const noexcept {
    return sessions.empty() ? epoch : sessions.back().epoch;
  }
  /// Finished cells, and texts that have come.
  [[nodiscard]] std::uint64_t evaluations() const noexcept;
};

struct ReadOptions {
  journal::Sequence up_to = std::numeric_limits<journal::Sequence>::max();
  bool keep_texts = true;  ///< take in the texts of answers
  journal::DamagePolicy damage = journal::DamagePolicy::refuse;
};

/// Reads the journal of a run folder. Safe beside a live writer. Throws
/// core::Error{corrupt_data}, naming the record, when the journal is damaged or its records
/// contradict each other; nothing is allocated on the word of an index alone.
[[nodiscard]] RunView read_run_view(const journal::Disk& run_folder,
                                    const ReadOptions& options = {});

}  // namespace foundation::report
