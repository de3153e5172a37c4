#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "core/time.hpp"
#include "model/cell.hpp"
#include "report/detail/summary_nodes.hpp"
#include "report/detail/summary_objectives.hpp"
#include "report/detail/summary_settings.hpp"
#include "report/publish.hpp"
#include "report/summary.hpp"
#include "report/terminal_text.hpp"

namespace foundation::report {
namespace {

constexpr std::size_t widest_text = 100;
constexpr std::size_t longest_name = 40;
constexpr std::size_t longest_failure = 160;
constexpr std::size_t most_workers = 16;

std::string score_text(double score) {
  return std::isfinite(score) ? fmt::format("{:.4g}", score) : std::string{"none"};
}

std::string interval_text(const ScoreInterval& interval) {
  return fmt::format("{} (95 % interval {} to {})", score_text(interval.estimate),
                     score_text(interval.low), score_text(interval.high));
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

/// "c17 (bootstrap of 12): smoothing=0.5".
std::string candidate_name(const Summary& summary, std::int64_t index) {
  const CandidateSummary* it = summary.candidate(index);
  if (it == nullptr) return fmt::format("c{}", index);
  std::string text = fmt::format("c{}", index);
  if (!it->origin.empty()) text += fmt::format(" ({})", visible(it->origin, widest_text));
  if (index == 0) return text + ": the program as it was";
  return text +
         fmt::format(": {}", it->changes.empty() ? "no change" : visible(it->changes, widest_text));
}

std::string head_text(const Summary& summary, const ReportPlace& place) {
  std::string text = fmt::format("{}: {}", visible(place.run), visible(summary.state));
  if (!summary.job) return text + ", nothing has been written yet\n";
  const JobSummary& job = *summary.job;
  text += fmt::format("\n{}, {} ({} is better), {} train / {} validation / {} test examples\n",
                      visible(job.program, widest_text), visible(job.metric),
                      job.maximise ? "more" : "less", job.train, job.validation, job.test);
  if (summary.state == "running" && summary.status == "partial")
    text += fmt::format("{} evaluations so far\n", summary.evaluations);
  return text;
}

/// Whether the interval of the difference tells winner and baseline apart, in words.
std::string verdict(const Summary& summary, const ResultSummary& result) {
  const bool maximise = !summary.job || summary.job->maximise;
  const double low = maximise ? result.test_difference.low : -result.test_difference.high;
  const double high = maximise ? result.test_difference.high : -result.test_difference.low;
  if (low > 0) return "better than the baseline";
  if (high < 0 && !summary.objectives.goals.empty())
    return "a worse score than the baseline's, for the sake of the other objectives";
  if (high < 0) return "worse than the baseline: keep the baseline";
  return "no clear difference from the baseline";
}

/// Why the validation score of the winner must not be quoted.
std::string curse_text(const Summary& summary, const ResultSummary& result) {
  const double gain = result.validation_winner - result.test_winner.estimate;
  const bool flattered = summary.job && !summary.job->maximise ? gain < 0 : gain > 0;
  return fmt::format(
      "  {} on validation, {} on test. The winner was picked as the best of {} on validation, and\n"
      "  a pick of the best also picks good luck (winner's curse){}.\n"
      "  Test examples had no part in the choice: quote the test score.\n",
      score_text(result.validation_winner), score_text(result.test_winner.estimate),
      summary.candidates.size(), flattered ? ", so validation flatters it" : "");
}

/// Without a test split there are but the scores that the winner was chosen by.
std::string untested_text(const Summary& summary, const ResultSummary& result) {
  std::string text =
      fmt::format("  score       {} (baseline {})\n", score_text(result.validation_winner),
                  score_text(result.validation_baseline));
  if (result.winner == result.baseline)
    return text + "  verdict     nothing was better than the baseline\n";
  if (!summary.job || summary.job->validation <= 1) return text;
  return text +
         "  There is no test split: the score is that of the best of many, and may be luck in "
         "part.\n";
}

std::string result_text(const Summary& summary) {
  if (!summary.result) return "\nresult\n  none yet\n";
  const ResultSummary& result = *summary.result;
  if (result.winner < 0) {
    return fmt::format("\nresult\n  no candidate has a valid score ({})\n",
                       visible(result.stop_reason));
  }
  std::string text = fmt::format("\nresult ({})\n  winner      {}\n", visible(result.stop_reason),
                                 candidate_name(summary, result.winner));
  if (summary.job && summary.job->test == 0) return text + untested_text(summary, result);
  text += fmt::format("  test        {}\n", interval_text(result.test_winner));
  if (result.winner == result.baseline)
    return text + "  verdict     nothing was better than the baseline\n";
  text += fmt::format("  baseline    {}\n", interval_text(result.test_baseline));
  text += fmt::format("  difference  {}, paired\n", interval_text(result.test_difference));
  text += fmt::format("  verdict     {}\n", verdict(summary, result));
  return text + "\nvalidation and test\n" + curse_text(summary, result);
}

std::string candidates_text(const Summary& summary, std::size_t shown) {
  if (summary.candidates.empty()) return {};
  const std::size_t count = std::min(shown, summary.candidates.size());
  std::string text =
      fmt::format("\nbest candidates on validation ({} of {})\n", count, summary.candidates.size());
  for (std::size_t i = 0; i < count; ++i) {
    const CandidateSummary& it = summary.candidates[i];
    const std::string remark = !it.settled    ? " (still at work)"
                               : !it.valid    ? " (no valid score)"
                               : !it.complete ? fmt::format(" (stopped after {} cells)", it.cells)
                                              : std::string{};
    text += fmt::format("  {:>8}  {}{}\n", score_text(it.score), candidate_name(summary, it.index),
                        remark);
  }
  return text;
}

std::string racing_text(const Summary& summary) {
  const RacingSummary& racing = summary.racing;
  if (racing.heats == 0) return {};
  return fmt::format(
      "\nracing\n  {} heat{} stopped {} of {} candidates early: {} of {} validation cells "
      "({:.0f} %)\n",
      racing.heats, racing.heats == 1 ? "" : "s", racing.stopped_early, summary.candidates.size(),
      racing.validation_cells, racing.full_matrix,
      percent(racing.validation_cells, racing.full_matrix));
}

std::string texts_text(const Summary& summary) {
  const TextsSummary& texts = summary.texts;
  if (texts.requests == 0) return {};
  return fmt::format("\ntexts\n  {} written for the strategy, in {} request{}{}\n",
                     texts.samples - texts.failed, texts.requests, texts.requests == 1 ? "" : "s",
                     texts.failed == 0 ? "" : fmt::format("; {} could not be", texts.failed));
}

std::string cell_name(const FailureExample& cell) {
  if (cell.split == model::name_of(model::Split::request))
    return fmt::format("text request {}, {}", cell.candidate, visible(cell.example, longest_name));
  return fmt::format("c{}, {} example {}", cell.candidate, cell.split,
                     visible(cell.example, longest_name));
}

std::string failures_text(const Summary& summary) {
  if (summary.failures.empty()) return {};
  std::string text = "\nfailed cells\n";
  for (const FailureCount& failure : summary.failures) {
    text += fmt::format("  {:<15} {} ({:.1f} %)\n", visible(failure.kind), failure.cells,
                        percent(failure.cells, summary.evaluations));
    if (failure.first)
      text += fmt::format("    {}: {}\n", cell_name(*failure.first),
                          visible(failure.first->text, longest_failure));
  }
  return text;
}

std::string workers_text(const Summary& summary) {
  if (summary.workers.empty()) return {};
  std::string text =
      fmt::format("\nworkers ({} session{})\n", summary.sessions, summary.sessions == 1 ? "" : "s");
  const std::size_t count = std::min(most_workers, summary.workers.size());
  for (std::size_t i = 0; i < count; ++i) {
    const WorkerSummary& it = summary.workers[i];
    text += fmt::format("  {}.{:<4} {:<20} {:>3} slots  {:>8} cells  busy {:>3.0f} %  {}{}{}\n",
                        it.epoch, it.worker, visible(it.host, 20), it.slots, it.cells,
                        100 * it.utilisation(), it.presence, it.reason.empty() ? "" : ": ",
                        visible(it.reason, widest_text));
  }
  if (count < summary.workers.size())
    text += fmt::format("  and {} more: --json lists them all\n", summary.workers.size() - count);
  return text;
}

std::string places_text(const Summary& summary, const ReportPlace& place) {
  std::string text = "\nfiles\n";
  if (!place.file.empty()) text += fmt::format("  tables   {}\n", visible(place.file));
  if (!place.folder.empty())
    text += fmt::format("  journal  {}/journal\n  job      {}/job.toml\n", visible(place.folder),
                        visible(place.folder));
  text += "\nnext\n";
  if (!place.folder.empty()) {
    if (summary.state != "finished")
      text += fmt::format("  foundation status {}\n", visible(place.run));
    text += place.file.empty() ? fmt::format("  foundation rebuild {}\n", visible(place.run))
                               : fmt::format("  foundation verify {}\n", visible(place.run));
  }
  if (!place.file.empty()) text += fmt::format("  h5dump -H {}\n", visible(place.file));
  return text;
}

}  // namespace

std::string to_text(const Summary& summary, const ReportPlace& place, std::size_t shown) {
  std::string text = head_text(summary, place);
  if (summary.job)
    text += result_text(summary) + detail::settings_text(summary) +
            detail::objectives_text(summary) + candidates_text(summary, shown) +
            racing_text(summary) + texts_text(summary) + failures_text(summary) +
            workers_text(summary) + detail::nodes_text(summary.nodes);
  return text + places_text(summary, place);
}

}  // namespace foundation::report
