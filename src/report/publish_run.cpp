#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "report/detail/tables.hpp"
#include "storage/schema.hpp"

namespace foundation::report::detail {

namespace schema = storage::schema;

namespace {

/// The record of an optional one as a table of one row, or of none.
template <class Record>
std::span<const Record> rows_of(const std::optional<Record>& record) {
  return record ? std::span<const Record>{&*record, 1} : std::span<const Record>{};
}

/// A worker of one session, summed up from its records and the cells that came from it.
struct WorkerTotals {
  journal::Epoch epoch = 0;
  campaign::WorkerRecord joined;
  campaign::WorkerRecord last;
  std::uint64_t cells = 0;
  std::uint64_t busy_us = 0;
  core::WallLabel last_result = 0;

  [[nodiscard]] bool is_gone() const { return last.change != campaign::WorkerChange::joined; }
};

std::map<std::pair<journal::Epoch, std::uint32_t>, WorkerTotals> sum_up_workers(
    const RunView& view) {
  std::map<std::pair<journal::Epoch, std::uint32_t>, WorkerTotals> workers;
  for (const auto& [epoch, record] : view.workers) {
    WorkerTotals& worker = workers[{epoch, record.worker}];
    worker.epoch = epoch;
    if (record.change == campaign::WorkerChange::joined) worker.joined = record;
    worker.last = record;
  }
  for (std::size_t candidate = 0; candidate < view.chunks.size(); ++candidate) {
    for (std::size_t split = 0; split < model::split_count; ++split) {
      const auto cells = view.cells.cells(static_cast<model::CandidateIndex>(candidate),
                                          static_cast<model::Split>(split));
      for (const Chunk& chunk : view.chunks[candidate][split]) {
        const auto found = workers.find({chunk.epoch, chunk.worker});
        if (found == workers.end()) continue;
        found->second.cells += chunk.count;
        found->second.last_result = std::max(found->second.last_result, chunk.received_at);
        for (const auto& cell : cells.subspan(chunk.begin, chunk.count))
          found->second.busy_us += cell.duration_us;
      }
    }
  }
  for (const AskedText& asked : view.requests) {
    for (const Sample& sample : asked.samples) {
      const auto found = workers.find({sample.epoch, sample.worker});
      if (found == workers.end()) continue;
      ++found->second.cells;
      found->second.last_result = std::max(found->second.last_result, sample.received_at);
      found->second.busy_us += sample.result.duration_us;
    }
  }
  return workers;
}

/// Latest sign of life of each session, for workers that never said goodbye.
std::map<journal::Epoch, core::WallLabel> session_ends(const RunView& view,
                                                       const std::vector<WorkerTotals>& workers) {
  std::map<journal::Epoch, core::WallLabel> ends;
  for (const WorkerTotals& worker : workers)
    ends[worker.epoch] = std::max({ends[worker.epoch], worker.last.at, worker.last_result});
  ends[view.epoch] = std::max(ends[view.epoch], view.last_seen);
  return ends;
}

}  // namespace

void publish_job(const RunView& view, storage::TableSink& sink) {
  namespace job = schema::job;
  using Job = const campaign::JobRecord&;
  const auto rows = rows_of(view.job);
  sink.begin_table(job::table, "what is optimised: one row", rows.size());
  if (view.job) {
    sink.set_attribute(job::name.name, view.job->name);
    sink.set_attribute(job::identity.name, view.job->identity.hex());
    sink.set_attribute(job::metric.name, view.job->metric);
    sink.set_attribute(job::job_toml.name, view.job->job_toml);
  }
  const auto size_of = [](Job record, model::Split split) {
    return record.split_sizes[static_cast<std::size_t>(split)];
  };
  add_column<std::string>(sink, job::name, rows, [](Job it) { return it.name; });
  add_column<std::string>(sink, job::identity, rows, [](Job it) { return it.identity.hex(); });
  add_column<std::uint64_t>(sink, job::seed, rows, [](Job it) { return it.seed; });
  add_column<std::string>(sink, job::program, rows, [](Job it) { return it.program; });
  add_column<std::string>(sink, job::metric, rows, [](Job it) { return it.metric; });
  add_column<std::int8_t>(sink, job::maximise, rows, [](Job it) { return it.maximise; });
  add_column<std::uint32_t>(sink, job::trials, rows, [](Job it) { return it.trials; });
  add_column<std::string>(sink, job::trainset_file, rows, [](Job it) { return it.trainset_file; });
  add_column<std::string>(sink, job::data_digest, rows, [](Job it) { return it.data.hex(); });
  add_column<std::uint32_t>(sink, job::train, rows,
                            [&](Job it) { return size_of(it, model::Split::train); });
  add_column<std::uint32_t>(sink, job::validation, rows,
                            [&](Job it) { return size_of(it, model::Split::validation); });
  add_column<std::uint32_t>(sink, job::test, rows,
                            [&](Job it) { return size_of(it, model::Split::test); });
  add_column<std::int64_t>(sink, job::created_at, rows, [](Job it) { return it.created_at; });
  add_column<std::string>(sink, job::job_toml, rows, [](Job it) { return it.job_toml; });
}

void publish_sessions(const RunView& view, storage::TableSink& sink) {
  namespace sessions = schema::sessions;
  using Session = const InEpoch<campaign::SessionRecord>&;
  const auto& rows = view.sessions;
  sink.begin_table(sessions::table, "the times the run was started or continued", rows.size());
  add_column<std::uint32_t>(sink, sessions::epoch, rows, [](Session it) { return it.epoch; });
  add_column<std::string>(sink, sessions::version, rows,
                          [](Session it) { return it.record.version; });
  add_column<std::string>(sink, sessions::host, rows, [](Session it) { return it.record.host; });
  add_column<std::int64_t>(sink, sessions::pid, rows, [](Session it) { return it.record.pid; });
  add_column<std::uint32_t>(sink, sessions::ranks, rows,
                            [](Session it) { return it.record.ranks; });
  add_column<std::string>(sink, sessions::batch_job, rows,
                          [](Session it) { return it.record.batch_job; });
  add_column<std::int64_t>(sink, sessions::started_at, rows,
                           [](Session it) { return it.record.started_at; });
}

void publish_trainset(const RunView& view, storage::TableSink& sink) {
  namespace trainset = schema::trainset;
  struct Row {
    std::size_t split;
    std::size_t position;
    const ExampleLabel* example;
  };
  std::vector<Row> rows;
  for (std::size_t split = 0; split < view.examples.size(); ++split)
    for (std::size_t position = 0; position < view.examples[split].size(); ++position)
      rows.push_back({split, position, &view.examples[split][position]});
  sink.begin_table(trainset::table, "examples in the fixed order of their splits", rows.size());
  add_column<std::int8_t>(sink, trainset::split, rows, [](const Row& it) { return it.split; });
  add_column<std::uint32_t>(sink, trainset::position, rows,
                            [](const Row& it) { return it.position; });
  add_column<std::string>(sink, trainset::id, rows, [](const Row& it) { return it.example->id; });
  add_column<std::string>(sink, trainset::label, rows,
                          [](const Row& it) { return it.example->label; });
}

void publish_decisions(const RunView& view, storage::TableSink& sink) {
  namespace decisions = schema::decisions;
  using Decision = const campaign::DecisionRecord&;
  const auto& rows = view.decisions;
  sink.begin_table(decisions::table, "standings when the rungs of a heat were decided",
                   rows.size());
  add_column<std::uint32_t>(sink, decisions::heat, rows, [](Decision it) { return it.heat; });
  add_column<std::uint32_t>(sink, decisions::rung, rows, [](Decision it) { return it.rung; });
  add_column<std::uint32_t>(sink, decisions::candidate, rows,
                            [](Decision it) { return it.candidate; });
  add_column<std::uint32_t>(sink, decisions::cells, rows, [](Decision it) { return it.cells; });
  add_column<double>(sink, decisions::score, rows, [](Decision it) { return it.score; });
  add_column<std::uint32_t>(sink, decisions::rank, rows, [](Decision it) { return it.rank; });
  add_column<std::int8_t>(sink, decisions::kept, rows, [](Decision it) { return it.kept; });
}

void publish_progress(const RunView& view, storage::TableSink& sink) {
  namespace progress = schema::progress;
  using Progress = const campaign::ProgressRecord&;
  const auto& rows = view.progress;
  sink.begin_table(progress::table, "how far the run was over time", rows.size());
  add_column<std::int64_t>(sink, progress::at, rows, [](Progress it) { return it.at; });
  add_column<std::uint64_t>(sink, progress::evaluations, rows,
                            [](Progress it) { return it.evaluations; });
  add_column<std::uint64_t>(sink, progress::expected, rows,
                            [](Progress it) { return it.expected; });
  add_column<std::int64_t>(sink, progress::best, rows,
                           [](Progress it) { return reference(it.best); });
  add_column<double>(sink, progress::best_score, rows, [](Progress it) { return it.best_score; });
  add_column<double>(sink, progress::rate, rows, [](Progress it) { return it.rate; });
  add_column<std::uint32_t>(sink, progress::slots, rows, [](Progress it) { return it.slots; });
  add_column<std::uint64_t>(sink, progress::failed, rows, [](Progress it) { return it.failed; });
}

void publish_workers(const RunView& view, storage::TableSink& sink) {
  namespace workers = schema::workers;
  using Worker = const WorkerTotals&;
  std::vector<WorkerTotals> rows;
  for (auto& [key, worker] : sum_up_workers(view)) rows.push_back(std::move(worker));
  const auto ends = session_ends(view, rows);
  const auto presence_s = [&ends](Worker it) {
    const auto end = it.is_gone() ? it.last.at : ends.at(it.epoch);
    return std::max(0.0, static_cast<double>(end - it.joined.at) * 1e-9);
  };
  sink.begin_table(workers::table, "ranks that evaluated cells, by session", rows.size());
  add_column<std::uint32_t>(sink, workers::epoch, rows, [](Worker it) { return it.epoch; });
  add_column<std::uint32_t>(sink, workers::worker, rows, [](Worker it) { return it.last.worker; });
  add_column<std::string>(sink, workers::host, rows, [](Worker it) { return it.joined.host; });
  add_column<std::int64_t>(sink, workers::pid, rows, [](Worker it) { return it.joined.pid; });
  add_column<std::uint32_t>(sink, workers::slots, rows, [](Worker it) { return it.joined.slots; });
  add_column<std::int8_t>(sink, workers::presence, rows, [](Worker it) { return it.last.change; });
  add_column<std::string>(sink, workers::reason, rows, [](Worker it) { return it.last.reason; });
  add_column<std::int64_t>(sink, workers::joined_at, rows, [](Worker it) { return it.joined.at; });
  add_column<std::int64_t>(sink, workers::left_at, rows,
                           [](Worker it) { return it.is_gone() ? it.last.at : schema::no_time; });
  add_column<std::uint64_t>(sink, workers::cells, rows, [](Worker it) { return it.cells; });
  add_column<double>(sink, workers::busy_s, rows,
                     [](Worker it) { return static_cast<double>(it.busy_us) * 1e-6; });
  add_column<double>(sink, workers::present_s, rows, presence_s);
}

void publish_result(const RunView& view, storage::TableSink& sink) {
  namespace result = schema::result;
  const auto rows = rows_of(view.finished);
  sink.begin_table(result::table, "the answer: one row once the run is finished", rows.size());
  add_column<std::int64_t>(sink, result::winner, rows,
                           [](const auto& it) { return reference(it.winner); });
  add_result_columns(rows, sink);
}

void add_result_columns(std::span<const campaign::FinishedRecord> rows, storage::TableSink& sink) {
  namespace result = schema::result;
  using Result = const campaign::FinishedRecord&;
  add_column<std::int64_t>(sink, result::baseline, rows,
                           [](Result it) { return reference(it.baseline); });
  add_column<double>(sink, result::validation_winner, rows,
                     [](Result it) { return it.validation_winner; });
  add_column<double>(sink, result::validation_baseline, rows,
                     [](Result it) { return it.validation_baseline; });
  const auto add_interval = [&](std::string_view name, std::string_view what,
                                optimize::Interval campaign::FinishedRecord::*interval) {
    const std::string low = fmt::format("{}{}", name, result::low_suffix);
    const std::string high = fmt::format("{}{}", name, result::high_suffix);
    add_column<double>(sink, {name, what}, rows,
                       [&](Result it) { return (it.*interval).estimate; });
    add_column<double>(sink, {low, "lower end of its 95 % interval"}, rows,
                       [&](Result it) { return (it.*interval).low; });
    add_column<double>(sink, {high, "upper end of its 95 % interval"}, rows,
                       [&](Result it) { return (it.*interval).high; });
  };
  using campaign::FinishedRecord;
  add_interval(result::test_winner, "the winner's test score", &FinishedRecord::test_winner);
  add_interval(result::test_baseline, "the baseline's test score", &FinishedRecord::test_baseline);
  add_interval(result::test_difference, "winner - baseline on test, paired",
               &FinishedRecord::test_difference);
  add_column<std::string>(sink, result::answer, rows, [](Result it) { return it.answer.hex(); });
  add_column<std::string>(sink, result::stop_reason, rows,
                          [](Result it) { return it.stop_reason; });
  add_column<std::uint64_t>(sink, result::evaluations, rows,
                            [](Result it) { return it.evaluations; });
  add_column<std::uint64_t>(sink, result::test_evaluations, rows,
                            [](Result it) { return it.test_evaluations; });
  add_column<std::uint64_t>(sink, result::duplicates, rows,
                            [](Result it) { return it.duplicates; });
  add_column<std::int64_t>(sink, result::at, rows, [](Result it) { return it.at; });
}

}  // namespace foundation::report::detail
