#include "report/merge.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "report/detail/tables.hpp"
#include "report/publish.hpp"
#include "report/terminal_text.hpp"
#include "storage/schema.hpp"

namespace foundation::report {

namespace schema = storage::schema;

namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

bool may_differ(std::string_view section, std::string_view key) {
  if (section == "execution" || section == "run" || section == "program.resources") return true;
  if (section == "job") return key == "seed" || key == "name";
  return section == "trainset" && key == "file";  // the digest of its content counts
}

/// "section.key" -> value of an effective job file, which has one key a line.
std::map<std::string, std::string> keys_of(std::string_view toml) {
  std::map<std::string, std::string> keys;
  std::string_view section;
  while (!toml.empty()) {
    const std::string_view line = toml.substr(0, toml.find('\n'));
    toml.remove_prefix(std::min(line.size() + 1, toml.size()));
    const auto equals = line.find(" = ");
    if (line.starts_with('[') && line.ends_with(']')) {
      section = line.substr(1, line.size() - 2);
    } else if (equals != std::string_view::npos && !may_differ(section, line.substr(0, equals))) {
      keys[fmt::format("{}.{}", section, line.substr(0, equals))] = line.substr(equals + 3);
    }
  }
  return keys;
}

[[noreturn]] void refuse(const std::string& folder, std::string_view why, std::string hint) {
  throw core::Error{core::ErrorKind::bad_input,
                    fmt::format("'{}' cannot be merged: {}", visible(folder), why),
                    std::move(hint)};
}

/// Positions of demonstrations mean other examples under another seed: their ids do not.
core::Digest digest_of(const model::Assignment& assignment, const RunView& view) {
  const auto& train = view.examples[static_cast<std::size_t>(model::Split::train)];
  core::Hasher hasher;
  model::Assignment rest;
  for (const model::Setting& setting : assignment.settings()) {
    const auto* demonstrations = std::get_if<model::Demonstrations>(&setting.value);
    if (demonstrations == nullptr) {
      rest.set(setting.name, setting.value);
      continue;
    }
    hasher.add(setting.name).add(demonstrations->positions.size());
    for (const std::uint32_t position : demonstrations->positions)
      hasher.add(position < train.size() ? std::string_view{train[position].id} : "");
  }
  const core::Digest of_rest = model::digest(rest);
  return hasher.add(of_rest.high).add(of_rest.low).digest();
}

}  // namespace

std::vector<std::string> differing_keys(std::string_view toml, std::string_view other) {
  const auto ours = keys_of(toml);
  const auto theirs = keys_of(other);
  std::map<std::string, std::string> all = ours;
  all.insert(theirs.begin(), theirs.end());
  std::vector<std::string> differing;
  for (const auto& [key, value] : all) {
    const auto text = [&key = key](const auto& keys) {
      const auto found = keys.find(key);
      return found == keys.end() ? std::string{"nothing"} : found->second;
    };
    if (text(ours) != text(theirs))
      differing.push_back(fmt::format("{}: {} and {}", key, text(ours), text(theirs)));
  }
  return differing;
}

void Merge::require_same_job(const std::string& folder, const campaign::JobRecord& job) const {
  const std::string others = runs_.front().folder;
  const auto keys = differing_keys(job_->job_toml, job.job_toml);
  if (!keys.empty())
    refuse(folder, fmt::format("its job differs from that of '{}' in more than the seed", others),
           visible(fmt::format("{}", fmt::join(keys, "; "))));
  if (job.data != job_->data)
    refuse(folder, fmt::format("its trainset has other examples than that of '{}'", others),
           "run both on the same data");
  if (job.program != job_->program)
    refuse(folder, fmt::format("its program is not that of '{}'", others),
           visible(fmt::format("{} and {}", job_->program, job.program)));
}

void Merge::add(const std::string& folder, const RunView& view) {
  if (!view.job || !view.finished || view.state != RunState::finished)
    refuse(folder, "it has no result yet", "finish it first, or leave it out");
  if (view.finished->winner == model::no_candidate)
    refuse(folder, "it has no winner", "`foundation report` says why; leave it out");
  if (job_) require_same_job(folder, *view.job);
  for (const MergedRun& run : runs_)
    if (run.seed == view.job->seed)
      refuse(folder, fmt::format("it has the same seed, {}, as '{}'", run.seed, run.folder),
             "independent runs have different seeds: leave one of them out");
  const auto& winner = view.proposals[view.finished->winner].candidate.assignment;
  runs_.push_back({.folder = folder,
                   .seed = view.job->seed,
                   .identity = view.job->identity,
                   .winner_settings = model::describe(winner),
                   .winner_digest = digest_of(winner, view),
                   .result = *view.finished});
  if (!job_) job_ = view.job;
  tables_.begin_run();
  publish_tables(view, Completeness::complete, tables_);
}

MergeSummary Merge::summarise() const {
  MergeSummary summary;
  std::set<core::Digest> winners;
  double sum = 0;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    winners.insert(runs_[i].winner_digest);
    const double best = runs_[summary.best].result.validation_winner;
    const double score = runs_[i].result.validation_winner;
    if (job_->maximise ? score > best : score < best) summary.best = i;
    sum += runs_[i].result.test_winner.estimate;
  }
  summary.winners = winners.size();
  const auto count = static_cast<double>(runs_.size());
  summary.test_mean = sum / count;
  const auto score_of = [](const MergedRun& run) { return run.result.test_winner.estimate; };
  const auto [least, largest] = std::ranges::minmax_element(runs_, {}, score_of);
  summary.test_least = score_of(*least);
  summary.test_largest = score_of(*largest);
  double squares = 0;
  for (const MergedRun& run : runs_)
    squares += (score_of(run) - summary.test_mean) * (score_of(run) - summary.test_mean);
  summary.test_deviation = runs_.size() < 2 ? no_number : std::sqrt(squares / (count - 1));
  const bool tested =
      std::ranges::all_of(runs_, [](const auto& run) { return run.result.test_evaluations > 0; });
  if (!tested)
    summary.test_mean = summary.test_deviation = summary.test_least = summary.test_largest =
        no_number;
  return summary;
}

namespace {

void publish_attributes(storage::TableSink& sink, core::WallLabel date) {
  sink.set_attribute(schema::attribute::software, std::string{schema::software});
  sink.set_attribute(schema::attribute::software_version, std::string{FOUNDATION_VERSION});
  sink.set_attribute(schema::attribute::schema, std::string{schema::merged_schema_name});
  sink.set_attribute(schema::attribute::schema_version, schema::schema_version);
  sink.set_attribute(schema::attribute::status, std::string{schema::status_final});
  sink.set_attribute(schema::attribute::date, iso_time(date));
}

void publish_runs(const std::vector<MergedRun>& rows, storage::TableSink& sink) {
  namespace runs = schema::runs;
  namespace result = schema::result;
  using Run = const MergedRun&;
  sink.begin_table(runs::table, "the merged runs", rows.size());
  std::uint32_t number = 0;
  detail::add_column<std::uint32_t>(sink, runs::run, rows, [&](Run) { return number++; });
  detail::add_column<std::uint64_t>(sink, runs::seed, rows, [](Run it) { return it.seed; });
  detail::add_column<std::string>(sink, runs::folder, rows, [](Run it) { return it.folder; });
  detail::add_column<std::string>(sink, runs::identity, rows,
                                  [](Run it) { return it.identity.hex(); });
  detail::add_column<std::int64_t>(sink, runs::winner, rows,
                                   [](Run it) { return detail::reference(it.result.winner); });
  detail::add_column<std::string>(sink, runs::winner_settings, rows,
                                  [](Run it) { return it.winner_settings; });
  detail::add_column<std::string>(sink, runs::winner_digest, rows,
                                  [](Run it) { return it.winner_digest.hex(); });
  std::vector<campaign::FinishedRecord> results;
  for (Run run : rows) results.push_back(run.result);
  detail::add_result_columns(results, sink);
}

void publish_summary(const Merge& merge, storage::TableSink& sink) {
  namespace columns = schema::merged_summary;
  const std::array rows = {merge.summarise()};
  using Summary = const MergeSummary&;
  sink.begin_table(columns::table, "what the merged runs say together: one row", rows.size());
  detail::add_column<std::uint32_t>(sink, columns::runs, rows,
                                    [&](Summary) { return merge.runs().size(); });
  detail::add_column<std::uint32_t>(sink, columns::best_run, rows,
                                    [](Summary it) { return it.best; });
  detail::add_column<double>(sink, columns::test_mean, rows,
                             [](Summary it) { return it.test_mean; });
  detail::add_column<double>(sink, columns::test_deviation, rows,
                             [](Summary it) { return it.test_deviation; });
  detail::add_column<double>(sink, columns::test_least, rows,
                             [](Summary it) { return it.test_least; });
  detail::add_column<double>(sink, columns::test_largest, rows,
                             [](Summary it) { return it.test_largest; });
  detail::add_column<std::uint32_t>(sink, columns::winners, rows,
                                    [](Summary it) { return it.winners; });
}

}  // namespace

void Merge::publish(storage::TableSink& sink, core::WallLabel date) {
  publish_attributes(sink, date);
  publish_summary(*this, sink);
  publish_runs(runs_, sink);
  tables_.publish(sink);
}

}  // namespace foundation::report
