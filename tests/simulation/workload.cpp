#include "tests/simulation/workload.hpp"

#include <bit>
#include <deque>
#include <limits>

#include <fmt/format.h>

#include "campaign/answer.hpp"

namespace foundation::simulation {

using model::CellRange;
using model::CellResult;
using model::CellStatus;
using model::Split;

namespace {

/// `synthetic_score` as a metric.
class SyntheticMetric final : public programs::Metric {
 public:
  explicit SyntheticMetric(const SyntheticJob& job) : job_{job} {}
  [[nodiscard]] CellResult score(const programs::Example&,
                                 const programs::CellOutput&) const override {
    return {};
  }
  [[nodiscard]] double aggregate(std::span<const programs::ScoredCell> cells) const override {
    double sum = 0;
    for (const programs::ScoredCell& cell : cells) {
      if (cell.status <= CellStatus::wrong) sum += cell.score;
      if (!job_.maximise && cell.status == CellStatus::crashed)
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (cells.empty()) return std::numeric_limits<double>::quiet_NaN();
    return sum / static_cast<double>(cells.size());
  }
  [[nodiscard]] bool maximise() const noexcept override { return job_.maximise; }
  [[nodiscard]] std::string_view name() const noexcept override { return "synthetic"; }

 private:
  SyntheticJob job_;
};

programs::SplitDataset make_data(const SyntheticJob& job) {
  programs::SplitDataset data;
  const std::array sizes{job.train, job.validation, job.test};
  for (std::size_t split = 0; split < sizes.size(); ++split) {
    for (std::uint32_t i = 0; i < sizes[split]; ++i) {
      data.order[split].push_back(static_cast<std::uint32_t>(data.data.examples.size()));
      programs::Example& example = data.data.examples.emplace_back();
      example.id = fmt::format("{}-{}", split, i);
      example.label = fmt::format("label {}", i % 3);
    }
  }
  return data;
}

std::vector<campaign::ExamplesRecord> make_examples(const programs::SplitDataset& data) {
  constexpr std::uint32_t part = 5;
  std::vector<campaign::ExamplesRecord> records;
  for (const Split split : {Split::train, Split::validation, Split::test}) {
    for (std::uint32_t i = 0; i < data.size(split); ++i) {
      if (i % part == 0) {
        campaign::ExamplesRecord& record = records.emplace_back();
        record.split = split;
        record.first_position = i;
      }
      records.back().ids.push_back(data.at(split, i).id);
      records.back().labels.push_back(data.at(split, i).label);
    }
  }
  return records;
}

void note_changes(const optimize::Changes& changes, Reference& reference) {
  for (const model::NumberedRequest& it : changes.requests)
    reference.requests.insert(model::digest(it.request));
  for (const optimize::Proposal& it : changes.proposals)
    reference.candidates.push_back(model::digest(it.candidate.assignment));
  for (const optimize::Decision& it : changes.decisions)
    reference.decisions.insert(
        {{it.heat, it.rung, it.candidate},
         {it.cells, std::bit_cast<std::uint64_t>(it.score), it.rank, it.kept}});
  for (const optimize::CandidateOutcome& it : changes.outcomes)
    reference.outcomes.insert(
        {it.index, {std::bit_cast<std::uint64_t>(it.score), it.cells, it.complete, it.valid}});
}

}  // namespace

Workload::Workload(const Options& options)
    : options_{options},
      data_{make_data(options.job)},
      metric_{std::make_unique<SyntheticMetric>(options.job)},
      scoring_{data_, *metric_, 1},
      examples_{make_examples(data_)} {}

optimize::CellStore Workload::make_store() const {
  return optimize::CellStore{{options_.job.train, options_.job.validation, options_.job.test},
                             options_.job.kind == SyntheticKind::texts};
}

std::unique_ptr<optimize::Trajectory> Workload::make_trajectory(
    optimize::CellStore& store, std::vector<optimize::Proposal> restored,
    std::vector<model::TextRequest> requests) const {
  return std::make_unique<optimize::Trajectory>(
      options_.trajectory, make_synthetic_strategy(options_.job), options_.job.maximise,
      [this](Split split, std::span<const CellResult> cells) {
        return scoring_.aggregate(split, cells);
      },
      store, std::move(restored), std::move(requests));
}

core::Digest subject_of(const optimize::Trajectory& trajectory, const CellRange& range) {
  return range.split == Split::request
             ? trajectory.requests().digest_of(range.candidate)
             : model::digest(trajectory.proposals()[range.candidate].candidate.assignment);
}

Reference run_reference(const Options& options, const Workload& workload) {
  Reference reference;
  optimize::CellStore store = workload.make_store();
  const auto trajectory = workload.make_trajectory(store, {}, {});
  std::deque<CellRange> work;
  const auto take_changes = [&] {
    const optimize::Changes changes = trajectory->take_changes();
    note_changes(changes, reference);
    work.insert(work.end(), changes.work.begin(), changes.work.end());
  };
  trajectory->advance();
  take_changes();
  while (!work.empty()) {
    const CellRange range = work.front();
    work.pop_front();
    const core::Digest subject = subject_of(*trajectory, range);
    std::vector<CellResult> results;
    std::vector<std::string> texts;
    for (std::uint32_t position = range.begin; position < range.end; ++position) {
      results.push_back(evaluate(options.job, subject, range.split, position));
      texts.push_back(text_of(results.back()));
      reference.work_s += static_cast<double>(cell_time(options, range, position).count()) * 1e-9;
    }
    store.finish(range, results, texts);
    trajectory->advance(&range);
    take_changes();
  }
  reference.has_answer = trajectory->phase() == optimize::Trajectory::Phase::finished;
  reference.winner = trajectory->winner();
  if (reference.has_answer) reference.answer = campaign::answer_digest(*trajectory, store);
  return reference;
}

core::Duration cell_time(const Options& options, const CellRange& range, std::uint32_t position) {
  core::Stream stream =
      draw_stream(options.seed, Draw::cost,
                  range.candidate * 4 + static_cast<std::uint32_t>(range.split), position);
  return log_normal(stream, options.cell_median_s, options.cell_sigma);
}

}  // namespace foundation::simulation
