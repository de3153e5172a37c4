// A language model that scores answers by criteria in words (Zheng et al., "Judging LLM-as-a-judge
// with MT-Bench and Chatbot Arena", arXiv:2306.05685: it gives its reason before its grade).
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/random.hpp"
#include "programs/detail/cell_stream.hpp"
#include "programs/detail/explanation.hpp"
#include "programs/detail/lazy_client.hpp"
#include "programs/detail/lm_asking.hpp"
#include "programs/detail/lm_prompt.hpp"
#include "programs/detail/metrics.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs::detail {
namespace {

using model::CellResult;
using model::CellStatus;

constexpr std::uint32_t judge_version = 1;  // raise it whenever the prompt changes
constexpr double best_grade = 10;

class JudgeMetric final : public Metric {
 public:
  explicit JudgeMetric(const MetricOptions& options)
      : options_{options.judge},
        weighted_{options.weighted},
        input_names_{options.input_names},
        client_{options.judge.client} {}

  [[nodiscard]] CellResult score(const Example& example, const CellOutput& output) const override {
    return judge(example, output).result;
  }
  [[nodiscard]] Verdict judge(const Example& example, const CellOutput& output) const override {
    Verdict verdict{unscored(output), {}};
    if (output.status != CellStatus::ok) return verdict;
    const Opinion opinion = ask(example, output.text);
    if (!opinion.grade) {
      verdict.result.status = opinion.status;
      verdict.problem = opinion.words;
      return verdict;
    }
    verdict.result.score = *opinion.grade / best_grade;
    if (verdict.result.score == 0) verdict.result.status = CellStatus::wrong;
    return verdict;
  }
  [[nodiscard]] std::string explain(const Example& example,
                                    const CellOutput& output) const override {
    if (output.status != CellStatus::ok) return explain_failure(output);
    const Opinion opinion = ask(example, output.text);
    return opinion.grade ? opinion.words : std::string{};
  }
  [[nodiscard]] double aggregate(std::span<const ScoredCell> cells) const override {
    return weighted_mean(cells, weighted_, 0.0);
  }
  [[nodiscard]] bool maximise() const noexcept override { return true; }
  [[nodiscard]] ScoreScale scale() const noexcept override {
    return {.low = 0, .high = 1, .weighted = weighted_};
  }
  [[nodiscard]] std::string_view name() const noexcept override { return "judge"; }
  [[nodiscard]] std::string identity() const override {
    return fmt::format("metric judge {}", judge_version);
  }
  [[nodiscard]] bool asks_others() const noexcept override { return true; }
  void share_budget(std::shared_ptr<endpoints::Budget> budget) override {
    client_.share(std::move(budget));
  }
  [[nodiscard]] std::string usage() const override { return client_.usage(); }

 private:
  /// The grade with its reason, or why there is none.
  struct Opinion {
    std::optional<double> grade{};
    CellStatus status = CellStatus::ok;
    std::string words{};
  };

  [[nodiscard]] Opinion ask(const Example& example, const std::string& answer) const {
    PipelineStage stage;
    stage.options.name = "judge";
    stage.options.max_tokens = options_.max_tokens;
    std::vector<std::string> values;
    const auto give = [&](std::string name, std::string description, std::string value) {
      if (trimmed(value).empty()) return;
      stage.inputs.push_back(
          {.name = std::move(name), .description = std::move(description), .shown = {}});
      values.push_back(std::move(value));
    };
    give("question", "what was to be answered", question_of(example));
    give("expected_answer", "an answer that is right", example.label);
    give("answer", "the answer to be graded", answer.empty() ? "(empty)" : answer);
    stage.outputs = {
        {.name = "reason", .description = "what is right and what is wrong about it", .shown = {}},
        {.name = "grade", .description = "a number from 0 (worst) to 10 (best)", .shown = {}}};
    return graded(stage, values);
  }

  [[nodiscard]] Opinion graded(const PipelineStage& stage,
                               const std::vector<std::string>& values) const {
    endpoints::Request request;
    request.model = options_.model;
    request.max_tokens = options_.max_tokens;
    request.stop = {std::string{end_line}};
    request.messages = {system_message(stage, "Grade the answer. " + options_.criteria)};
    request.prefix = prefix_of(request);
    request.messages.push_back(question(stage, values));
    core::Stream stream{core::hash_text(request.messages.back().content), core::Purpose::program};
    request.seed = draw_seed(stream);
    StageResult result = ask_model(client_.get(), stage, std::move(request), options_.repairs);
    if (result.status != CellStatus::ok)
      return {.status = result.status,
              .words = fmt::format("the judge has not graded it: {}", result.problem)};
    const auto grade = parse_number(result.values[1]);
    if (!grade || !(*grade >= 0 && *grade <= best_grade))
      return {.status = CellStatus::invalid_output,
              .words = fmt::format("the judge's grade is no number from 0 to 10: {}",
                                   quoted(result.values[1]))};
    return {.grade = grade, .words = std::move(result.values[0])};
  }

  [[nodiscard]] std::string question_of(const Example& example) const {
    if (example.inputs.size() == 1) return example.inputs.front();
    std::string text;
    for (std::size_t i = 0; i < example.inputs.size() && i < input_names_.size(); ++i)
      text += fmt::format("{}: {}\n", input_names_[i], example.inputs[i]);
    return text;
  }

  JudgeOptions options_;
  bool weighted_;
  std::vector<std::string> input_names_;
  LazyClient client_;
};

}  // namespace

std::unique_ptr<Metric> make_judge_metric(const MetricOptions& options) {
  return std::make_unique<JudgeMetric>(options);
}

}  // namespace foundation::programs::detail
