#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/merge.hpp"
#include "report/terminal_text.hpp"

namespace foundation::report {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isnan(value) ? Json(nullptr) : Json(value); }

Json interval(const optimize::Interval& it) {
  return {{"estimate", number(it.estimate)}, {"low", number(it.low)}, {"high", number(it.high)}};
}

std::string interval_text(const optimize::Interval& it) {
  return fmt::format("{:.4f} [{:.4f}, {:.4f}]", it.estimate, it.low, it.high);
}

}  // namespace

std::string to_text(const Merge& merge, std::string_view file) {
  const MergeSummary summary = merge.summarise();
  std::string text = fmt::format("{} runs of '{}' in {}\n\n", merge.runs().size(),
                                 visible(merge.job()), visible(file));
  text += fmt::format("  {:>3}  {:>8}  {:>7}  {:>10}  {:<25}  {}\n", "run", "seed", "winner",
                      "validation", "test of the winner", "folder");
  std::size_t index = 0;
  for (const MergedRun& run : merge.runs())
    text += fmt::format(
        "  {:>3}  {:>8}  {:>7}  {:>10.4f}  {:<25}  {}\n", index++, run.seed,
        fmt::format("c{}", run.result.winner), run.result.validation_winner,
        run.result.test_evaluations > 0 ? interval_text(run.result.test_winner) : "no test",
        visible(run.folder));
  const MergedRun& best = merge.runs()[summary.best];
  text += fmt::format("\nbest      run {} (seed {}), by its validation score\n", summary.best,
                      best.seed);
  if (!std::isnan(summary.test_mean))
    text += fmt::format("test      mean {:.4f}, standard deviation {:.4f}, from {:.4f} to {:.4f}\n",
                        summary.test_mean, summary.test_deviation, summary.test_least,
                        summary.test_largest);
  text += summary.winners == 1 ? fmt::format("winners   all runs chose the same: {}\n",
                                             visible(best.winner_settings))
                               : fmt::format("winners   {} different ones\n", summary.winners);
  return text;
}

std::string to_json(const Merge& merge, std::string_view file) {
  const MergeSummary summary = merge.summarise();
  Json runs = Json::array();
  for (const MergedRun& run : merge.runs())
    runs.push_back({{"folder", run.folder},
                    {"seed", run.seed},
                    {"winner", run.result.winner},
                    {"winner_settings", run.winner_settings},
                    {"winner_digest", run.winner_digest.hex()},
                    {"validation", number(run.result.validation_winner)},
                    {"test", interval(run.result.test_winner)},
                    {"test_baseline", interval(run.result.test_baseline)},
                    {"test_difference", interval(run.result.test_difference)},
                    {"answer", run.result.answer.hex()}});
  const Json json = {{"schema", "foundation.merge"},
                     {"schemaVersion", 1},
                     {"job", merge.job()},
                     {"file", file},
                     {"best", summary.best},
                     {"test_mean", number(summary.test_mean)},
                     {"test_deviation", number(summary.test_deviation)},
                     {"test_least", number(summary.test_least)},
                     {"test_largest", number(summary.test_largest)},
                     {"winners", summary.winners},
                     {"same_winner", summary.winners == 1},
                     {"runs", runs}};
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace foundation::report
