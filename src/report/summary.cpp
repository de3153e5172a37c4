#include "report/summary.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "campaign/records.hpp"
#include "model/cell.hpp"
#include "report/detail/summary_nodes.hpp"
#include "report/detail/summary_objectives.hpp"
#include "report/detail/summary_settings.hpp"
#include "report/detail/table_reader.hpp"
#include "storage/schema.hpp"

namespace foundation::report {

namespace schema = storage::schema;
using detail::TableReader;
using storage::TableSource;

namespace {

std::optional<JobSummary> read_job(const TableSource& tables) {
  namespace job = schema::job;
  const TableReader table{tables, job::table};
  if (table.rows() == 0) return std::nullopt;
  return JobSummary{.name = table.first<std::string>(job::name),
                    .program = table.first<std::string>(job::program),
                    .metric = table.first<std::string>(job::metric),
                    .trainset_file = table.first<std::string>(job::trainset_file),
                    .seed = table.first<std::uint64_t>(job::seed),
                    .maximise = table.first<std::int8_t>(job::maximise) != 0,
                    .trials = table.first<std::uint32_t>(job::trials),
                    .train = table.first<std::uint32_t>(job::train),
                    .validation = table.first<std::uint32_t>(job::validation),
                    .test = table.first<std::uint32_t>(job::test),
                    .created_at = table.first<std::int64_t>(job::created_at)};
}

ScoreInterval read_interval(const TableReader& table, std::string_view name) {
  return {table.first<double>(name),
          table.first<double>(fmt::format("{}{}", name, schema::result::low_suffix)),
          table.first<double>(fmt::format("{}{}", name, schema::result::high_suffix))};
}

std::optional<ResultSummary> read_result(const TableSource& tables) {
  namespace result = schema::result;
  const TableReader table{tables, result::table};
  if (table.rows() == 0) return std::nullopt;
  return ResultSummary{
      .winner = table.first<std::int64_t>(result::winner),
      .baseline = table.first<std::int64_t>(result::baseline),
      .validation_winner = table.first<double>(result::validation_winner),
      .validation_baseline = table.first<double>(result::validation_baseline),
      .test_winner = read_interval(table, result::test_winner),
      .test_baseline = read_interval(table, result::test_baseline),
      .test_difference = read_interval(table, result::test_difference),
      .answer = table.first<std::string>(result::answer),
      .stop_reason = table.first<std::string>(result::stop_reason),
      .evaluations = table.first<std::uint64_t>(result::evaluations),
      .test_evaluations = table.first<std::uint64_t>(result::test_evaluations),
      .duplicates = table.first<std::uint64_t>(result::duplicates),
      .at = table.first<std::int64_t>(result::at),
      .settings = detail::read_settings(tables, table.first<std::int64_t>(result::winner))};
}

std::vector<CandidateSummary> read_candidates(const TableSource& tables) {
  namespace candidates = schema::candidates;
  const TableReader table{tables, candidates::table};
  const auto index = table.all<std::uint32_t>(candidates::candidate);
  const auto parent = table.all<std::int64_t>(candidates::parent);
  auto origin = table.all<std::string>(candidates::origin);
  auto changes = table.all<std::string>(candidates::changes);
  const auto settled = table.all<std::int8_t>(candidates::settled);
  const auto complete = table.all<std::int8_t>(candidates::complete);
  const auto valid = table.all<std::int8_t>(candidates::valid);
  const auto score = table.all<double>(candidates::score);
  const auto cells = table.all<std::uint32_t>(candidates::cells);
  std::vector<CandidateSummary> rows(index.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] = {.index = index[i],
               .parent = parent[i],
               .origin = std::move(origin[i]),
               .changes = std::move(changes[i]),
               .settled = settled[i] != 0,
               .complete = complete[i] != 0,
               .valid = valid[i] != 0,
               .score = score[i],
               .cells = cells[i]};
  return rows;
}

/// Best first; a score on part of the split never stands before one on all of it.
void sort_candidates(std::vector<CandidateSummary>& candidates, bool maximise) {
  std::ranges::stable_sort(candidates, [maximise](const auto& a, const auto& b) {
    if (a.valid != b.valid) return a.valid;
    if (a.complete != b.complete) return a.complete;
    if (!a.valid || a.score == b.score) return a.index < b.index;
    return maximise ? a.score > b.score : a.score < b.score;
  });
}

std::uint64_t sum_of_counts(const TableSource& tables, std::string_view what) {
  const auto column = fmt::format("{}{}", schema::candidates::cells_prefix, what);
  std::uint64_t sum = 0;
  for (const auto count : tables.values<std::uint32_t>(schema::candidates::table, column))
    sum += count;
  return sum;
}

RacingSummary read_racing(const TableSource& tables, const Summary& summary) {
  RacingSummary racing;
  const auto heats =
      TableReader{tables, schema::decisions::table}.all<std::uint32_t>(schema::decisions::heat);
  racing.heats = static_cast<std::uint32_t>(std::set(heats.begin(), heats.end()).size());
  racing.validation_cells = sum_of_counts(tables, model::name_of(model::Split::validation));
  racing.stopped_early = static_cast<std::uint32_t>(std::ranges::count_if(
      summary.candidates, [](const auto& it) { return it.settled && !it.complete; }));
  if (summary.job)
    racing.full_matrix =
        std::uint64_t{summary.job->validation} * summary.job->trials * summary.candidates.size();
  return racing;
}

/// The first failed cell of a kind that has a text.
std::optional<FailureExample> first_failure(const TableSource& tables, model::CellStatus kind) {
  namespace failures = schema::failures;
  if (!tables.has_table(failures::table)) return std::nullopt;  // a file of an earlier version
  const TableReader table{tables, failures::table};
  const auto status = table.all<std::int8_t>(failures::status);
  const auto found = std::ranges::find(status, static_cast<std::int8_t>(kind));
  if (found == status.end()) return std::nullopt;
  const auto at = static_cast<std::size_t>(found - status.begin());
  const auto split = static_cast<model::Split>(table.all<std::int8_t>(failures::split)[at]);
  return FailureExample{.candidate = table.all<std::uint32_t>(failures::candidate)[at],
                        .split = std::string{model::name_of(split)},
                        .example = table.all<std::string>(failures::example)[at],
                        .text = table.all<std::string>(failures::text)[at]};
}

std::uint64_t sum_of_samples(const TableSource& tables, std::string_view column) {
  namespace requests = schema::requests;
  if (!tables.has_table(requests::table)) return 0;  // none were asked for
  std::uint64_t sum = 0;
  for (const auto count : tables.values<std::uint32_t>(requests::table, column)) sum += count;
  return sum;
}

std::uint64_t failed_samples(const TableSource& tables, std::string_view kind) {
  return sum_of_samples(tables, fmt::format("{}{}", schema::requests::samples_prefix, kind));
}

TextsSummary read_texts(const TableSource& tables) {
  namespace requests = schema::requests;
  TextsSummary texts;
  if (!tables.has_table(requests::table)) return texts;
  texts.requests = tables.rows(requests::table);
  texts.samples = sum_of_samples(tables, requests::samples.name);
  texts.failed = texts.samples - failed_samples(tables, model::name_of(model::CellStatus::ok));
  return texts;
}

std::vector<FailureCount> read_failures(const TableSource& tables) {
  std::vector<FailureCount> failures;
  for (const auto status : {model::CellStatus::invalid_output, model::CellStatus::timeout,
                            model::CellStatus::crashed, model::CellStatus::out_of_memory}) {
    const auto kind = model::name_of(status);
    const auto cells = sum_of_counts(tables, kind) + failed_samples(tables, kind);
    if (cells != 0) failures.push_back({std::string{kind}, cells, first_failure(tables, status)});
  }
  return failures;
}

std::string presence_name(std::int8_t presence) {
  constexpr std::array<std::string_view, 3> names = {"joined", "left", "lost"};
  const auto place = static_cast<std::uint8_t>(presence);
  return place < names.size() ? std::string{names[place]} : "unknown";
}

std::vector<WorkerSummary> read_workers(const TableSource& tables) {
  namespace workers = schema::workers;
  const TableReader table{tables, workers::table};
  const auto epoch = table.all<std::uint32_t>(workers::epoch);
  const auto worker = table.all<std::uint32_t>(workers::worker);
  auto host = table.all<std::string>(workers::host);
  const auto slots = table.all<std::uint32_t>(workers::slots);
  const auto presence = table.all<std::int8_t>(workers::presence);
  auto reason = table.all<std::string>(workers::reason);
  const auto cells = table.all<std::uint64_t>(workers::cells);
  const auto busy_s = table.all<double>(workers::busy_s);
  const auto present_s = table.all<double>(workers::present_s);
  std::vector<WorkerSummary> rows(epoch.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] = {.epoch = epoch[i],
               .worker = worker[i],
               .host = std::move(host[i]),
               .slots = slots[i],
               .presence = presence_name(presence[i]),
               .reason = std::move(reason[i]),
               .cells = cells[i],
               .busy_s = busy_s[i],
               .present_s = present_s[i]};
  return rows;
}

}  // namespace

double WorkerSummary::utilisation() const {
  const double available = present_s * slots;
  return available > 0 ? busy_s / available : 0;
}

const CandidateSummary* Summary::candidate(std::int64_t index) const {
  const auto found = std::ranges::find_if(
      candidates, [index](const auto& it) { return std::int64_t{it.index} == index; });
  return found == candidates.end() ? nullptr : &*found;
}

Summary summarise(const TableSource& tables) {
  Summary summary;
  summary.state = tables.text_attribute({}, schema::attribute::run_state, "unknown");
  summary.status = tables.text_attribute({}, schema::attribute::status, "unknown");
  summary.job = read_job(tables);
  summary.sessions = tables.rows(schema::sessions::table);
  summary.result = read_result(tables);
  summary.candidates = read_candidates(tables);
  sort_candidates(summary.candidates, !summary.job || summary.job->maximise);
  for (const auto split : {model::Split::train, model::Split::validation, model::Split::test})
    summary.evaluations += sum_of_counts(tables, model::name_of(split));
  summary.objectives = detail::read_objectives(tables);
  summary.texts = read_texts(tables);
  summary.evaluations += summary.texts.samples;
  summary.racing = read_racing(tables, summary);
  summary.failures = read_failures(tables);
  summary.workers = read_workers(tables);
  summary.nodes = detail::read_nodes(tables);
  return summary;
}

}  // namespace foundation::report
