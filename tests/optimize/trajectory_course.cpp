#include "tests/optimize/trajectory_course.hpp"

#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "core/random.hpp"

namespace foundation::optimize {

using model::CellRange;
using model::CellResult;
using model::Split;

namespace {

class CourseRunner {
 public:
  CourseRunner(const CourseOptions& options, std::uint32_t order)
      : options_{options},
        order_{order},
        stream_{77, core::Purpose::simulate, order},
        store_{{options.job.train, options.job.validation, options.job.test},
               options.job.kind == simulation::SyntheticKind::texts} {}

  Course run(std::span<const JournalEntry> restored, double kept_results);

 private:
  void restore(std::span<const JournalEntry> restored, double kept_results);
  void take_changes();
  CellRange take_chunk();
  void deliver(const CellRange& chunk);
  CourseResult describe() const;

  const CourseOptions& options_;
  std::uint32_t order_;
  core::Stream stream_;
  CellStore store_;
  std::unique_ptr<Trajectory> trajectory_;
  std::vector<CellRange> bag_;
  std::vector<Proposal> proposals_;  ///< restored
  std::vector<model::TextRequest> requests_;
  Course course_;
};

void CourseRunner::restore(std::span<const JournalEntry> restored, double kept_results) {
  for (const JournalEntry& entry : restored) {
    course_.journal.push_back(entry);
    if (const auto* proposal = std::get_if<Proposal>(&entry)) proposals_.push_back(*proposal);
    if (const auto* asked = std::get_if<model::NumberedRequest>(&entry))
      requests_.push_back(asked->request);
    const auto* chunk = std::get_if<FinishedChunk>(&entry);
    if (chunk != nullptr && stream_.chance(kept_results))
      store_.finish(chunk->range, chunk->results, chunk->texts);
  }
}

void CourseRunner::take_changes() {
  Changes changes = trajectory_->take_changes();
  for (model::NumberedRequest& it : changes.requests) course_.journal.emplace_back(std::move(it));
  for (Proposal& proposal : changes.proposals) course_.journal.emplace_back(std::move(proposal));
  for (const Decision& it : changes.decisions)
    course_.result.decisions.insert(
        {{it.heat, it.rung, it.candidate}, {it.cells, it.rank, it.kept}});
  for (const CandidateOutcome& it : changes.outcomes)
    course_.result.outcomes.insert({it.index, {it.valid ? it.score : -1, it.cells, it.complete}});
  for (const CellRange& range : changes.work) {
    course_.requested += range.size();
    for (std::uint32_t position = range.begin; position < range.end; ++position)
      if (store_.is_finished(range.candidate, range.split, position)) ++course_.requested_again;
    if (range.split == Split::test && trajectory_->phase() == Trajectory::Phase::searching)
      course_.test_before_end = true;
    bag_.push_back(range);
  }
}

CellRange CourseRunner::take_chunk() {
  const std::size_t at = order_ == 0 ? 0 : stream_.below(bag_.size());
  CellRange& source = bag_[at];
  CellRange chunk = source;
  if (order_ != 0 && source.size() > 1 && stream_.chance(0.7)) {
    const auto middle =
        static_cast<std::uint32_t>(stream_.between(source.begin + 1, source.end - 1));
    chunk.begin = middle;
    source.end = middle;
    if (stream_.chance(0.5)) std::swap(chunk, source);
    return chunk;
  }
  bag_.erase(bag_.begin() + static_cast<std::ptrdiff_t>(at));
  return chunk;
}

void CourseRunner::deliver(const CellRange& chunk) {
  const core::Digest subject =
      chunk.split == Split::request
          ? trajectory_->requests().digest_of(chunk.candidate)
          : model::digest(trajectory_->proposals()[chunk.candidate].candidate.assignment);
  FinishedChunk finished{chunk, {}, {}};
  for (std::uint32_t position = chunk.begin; position < chunk.end; ++position) {
    finished.results.push_back(simulation::evaluate(options_.job, subject, chunk.split, position));
    finished.texts.push_back(simulation::text_of(finished.results.back()));
  }
  store_.finish(chunk, finished.results, finished.texts);
  course_.journal.emplace_back(std::move(finished));
  trajectory_->advance(&chunk);
}

Course CourseRunner::run(std::span<const JournalEntry> restored, double kept_results) {
  restore(restored, kept_results);
  trajectory_ = std::make_unique<Trajectory>(
      options_.trajectory, make_synthetic_strategy(options_.job), options_.job.maximise,
      [this](Split, std::span<const CellResult> cells) {
        return simulation::synthetic_score(options_.job, cells.data(), cells.size());
      },
      store_, std::move(proposals_), std::move(requests_));
  trajectory_->advance();
  take_changes();
  while (!bag_.empty()) {
    deliver(take_chunk());
    take_changes();
  }
  course_.result = describe();
  return std::move(course_);
}

CourseResult CourseRunner::describe() const {
  CourseResult result = course_.result;
  result.phase = trajectory_->phase();
  result.winner = trajectory_->winner();
  result.stop_reason = trajectory_->stop_reason();
  result.failure = trajectory_->failure();
  result.committed = trajectory_->committed();
  for (const Proposal& proposal : trajectory_->proposals()) {
    result.candidates.push_back(proposal.candidate);
    auto& used = result.used.emplace_back();
    auto& samples = result.samples.emplace_back();
    for (const CellRange& range : proposal.used) {
      if (range.split == Split::train) used.push_back(range);
      if (range.split == Split::request)
        samples.insert(
            {trajectory_->requests().digest_of(range.candidate), range.begin, range.end});
    }
    result.prefixes.push_back(store_.finished_prefix(proposal.candidate.index, Split::validation));
    result.charged += result.prefixes.back();
  }
  for (const CellRange& range : trajectory_->used_train_cells()) result.charged += range.size();
  for (const CellRange& range : trajectory_->used_samples()) result.charged += range.size();
  return result;
}

}  // namespace

Course run_course(const CourseOptions& options, std::uint32_t order,
                  std::span<const JournalEntry> restored, double kept_results) {
  return CourseRunner{options, order}.run(restored, kept_results);
}

namespace {

std::string_view name_of(Racing racing) {
  constexpr std::array<std::string_view, 5> names{"none", "halving", "paired", "asha", "friedman"};
  return names[static_cast<std::size_t>(racing)];
}

/// The same course without limits, with a budget and with a target, too.
void add_with_limits(CourseOptions options, std::vector<CourseOptions>& all) {
  all.push_back(options);
  options.trajectory.budget = 130;
  options.name += ", budget";
  all.push_back(options);
  options.trajectory.budget.reset();
  options.trajectory.target = options.job.maximise ? 0.5 : 0.6;
  options.name += ", target";
  all.push_back(options);
}

struct CourseRace {
  Racing racing;
  std::uint32_t heat;
};

}  // namespace

std::vector<CourseOptions> course_options() {
  constexpr std::array races{CourseRace{Racing::none, 1},    CourseRace{Racing::halving, 3},
                             CourseRace{Racing::halving, 4}, CourseRace{Racing::paired, 3},
                             CourseRace{Racing::paired, 4},  CourseRace{Racing::asha, 1},
                             CourseRace{Racing::friedman, 4}};
  std::vector<CourseOptions> all;
  for (const auto kind : {simulation::SyntheticKind::random, simulation::SyntheticKind::bootstrap,
                          simulation::SyntheticKind::adaptive, simulation::SyntheticKind::texts}) {
    for (const auto& [racing, heat] : races) {
      for (const std::uint32_t ahead : {0U, 1U, 5U}) {
        CourseOptions options;
        options.job = {.kind = kind,
                       .candidates = 11,
                       .train = 16,
                       .validation = 24,
                       .test = 5,
                       .maximise = ahead != 1,
                       .failure_share = 0.05,
                       .seed = heat + ahead * 7};
        options.trajectory.race = {.racing = racing, .heat = heat, .margin = 0.2};
        options.trajectory.lookahead = heat + ahead;
        options.trajectory.proposes_by_heats = racing == Racing::friedman || ahead == 5;
        options.job.by_heats = options.trajectory.proposes_by_heats;
        options.name = fmt::format("{}, {}, heat {}, look-ahead {}", name_of(kind), name_of(racing),
                                   heat, heat + ahead);
        add_with_limits(options, all);
      }
    }
  }
  return all;
}

}  // namespace foundation::optimize
