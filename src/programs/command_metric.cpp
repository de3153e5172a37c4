#include <filesystem>

#include <nlohmann/json.hpp>

#include "core/terminal_text.hpp"
#include "process/environment.hpp"
#include "process/run.hpp"
#include "programs/command_options.hpp"
#include "programs/detail/command_answer.hpp"
#include "programs/detail/explanation.hpp"
#include "programs/detail/file_digest.hpp"
#include "programs/detail/score_metric.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs::detail {
namespace {

using model::CellResult;
using model::CellStatus;
using Json = nlohmann::json;

constexpr std::uint64_t longest_score = 65536;
constexpr std::uint32_t most_processes = 512;

bool is_file(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

/// What the program printed: a score on its first line, or a JSON object with `score` and, for
/// whoever improves the program under test, `feedback`.
struct Judgement {
  std::string score;
  std::string feedback;
  std::string problem{};  ///< how the program failed
};

Judgement read_judgement(std::string_view printed) {
  if (!trimmed(printed).starts_with('{'))
    return {std::string{printed.substr(0, printed.find('\n'))}, {}, {}};
  const Json object = Json::parse(printed, nullptr, false);
  if (!object.is_object()) return {};
  Judgement judgement;
  const auto score = object.find("score");
  if (score != object.end() && score->is_number()) judgement.score = score->dump();
  const auto feedback = object.find("feedback");
  if (feedback != object.end() && feedback->is_string())
    judgement.feedback = core::valid_utf8(trimmed(feedback->get_ref<const std::string&>()));
  return judgement;
}

/// A program that reads an answer with its label and prints a score. One that fails leaves the cell
/// without a score, as invalid output.
class CommandMetric final : public ScoreMetric {
 public:
  explicit CommandMetric(const MetricOptions& options)
      : ScoreMetric{options}, input_names_{options.input_names} {
    command_.executable = options.executable;
    command_.arguments = options.arguments;
    command_.arguments.insert(command_.arguments.begin(), options.executable);
    command_.environment = process::make_environment(CommandOptions::default_passed(), {});
    command_.folder = "/";
    command_.limits = {
        .wall = options.time_limit, .processes = most_processes, .output_bytes = longest_score};
  }

  [[nodiscard]] CellResult score(const Example& example, const CellOutput& output) const override {
    return judge(example, output).result;
  }
  [[nodiscard]] Verdict judge(const Example& example, const CellOutput& output) const override {
    Verdict verdict{unscored(output), {}};
    if (output.status != CellStatus::ok) return verdict;
    const Judgement judgement = ask(example, output);
    set_score(judgement.score, verdict.result);
    if (verdict.result.status == CellStatus::ok) return verdict;
    verdict.problem = "the metric has no score: " +
                      (judgement.problem.empty() ? "it printed " + detail::quoted(judgement.score)
                                                 : judgement.problem);
    return verdict;
  }
  [[nodiscard]] std::string explain(const Example& example,
                                    const CellOutput& output) const override {
    return output.status == CellStatus::ok ? ask(example, output).feedback
                                           : explain_failure(output);
  }
  [[nodiscard]] std::string_view name() const noexcept override { return "command"; }
  [[nodiscard]] bool runs_in_child() const noexcept override { return true; }
  [[nodiscard]] std::string identity() const override {
    core::Hasher hasher;
    for (const std::string& argument : command_.arguments) {
      if (argument.find('/') == std::string::npos || !is_file(argument)) continue;
      const core::Digest digest = file_digest(argument);
      hasher.add(digest.high).add(digest.low);
    }
    return "metric " + hasher.digest().hex();
  }

 private:
  [[nodiscard]] Judgement ask(const Example& example, const CellOutput& output) const {
    const process::Ending ending = process::run(command_, request(example, output));
    const bool has_ended_well = ending.start_error == 0 && ending.signal == 0 &&
                                ending.exit_status == 0 && ending.limit == process::Limit::none;
    if (has_ended_well) return read_judgement(ending.output);
    std::string problem = process::describe(ending, command_.limits);
    if (!trimmed(ending.errors).empty()) problem += ": " + detail::quoted(ending.errors);
    return {.score = {}, .feedback = {}, .problem = std::move(problem)};
  }

  [[nodiscard]] std::string request(const Example& example, const CellOutput& output) const {
    Json inputs = Json::object();
    for (std::size_t i = 0; i < input_names_.size() && i < example.inputs.size(); ++i)
      inputs[input_names_[i]] = example.inputs[i];
    return Json{{"output", output.text}, {"label", example.label}, {"inputs", inputs}}.dump(
               -1, ' ', false, Json::error_handler_t::replace) +
           "\n";
  }

  process::Command command_;
  std::vector<std::string> input_names_;
};

}  // namespace

std::unique_ptr<Metric> make_command_metric(const MetricOptions& options) {
  return std::make_unique<CommandMetric>(options);
}

}  // namespace foundation::programs::detail
