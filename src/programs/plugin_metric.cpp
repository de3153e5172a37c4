#include <cmath>
#include <memory>
#include <mutex>
#include <vector>

#include <fmt/format.h>

#include "programs/detail/explanation.hpp"
#include "programs/detail/file_digest.hpp"
#include "programs/detail/plugin_library.hpp"
#include "programs/detail/score_metric.hpp"

namespace foundation::programs::detail {
namespace {

namespace abi = plugin::abi;
using model::CellResult;
using model::CellStatus;

/// A loaded library with its metric.
class LoadedMetric {
 public:
  explicit LoadedMetric(const std::string& path)
      : table_{
            library_.open<abi::MetricTable>(path, abi::metric_entry, "FOUNDATION_PLUGIN_METRIC")} {
    std::string failure;
    metric_ = table_.create(into(failure));
    if (metric_ == nullptr) refuse_plugin(path, fmt::format("cannot be used: {}", failure), {});
  }
  LoadedMetric(const LoadedMetric&) = delete;
  LoadedMetric& operator=(const LoadedMetric&) = delete;
  ~LoadedMetric() {
    if (metric_ != nullptr) table_.destroy(metric_);
  }

  struct Opinion {
    bool has_score = false;
    double score = no_score;
    std::string text{};  ///< the feedback, or why there is no score
  };
  [[nodiscard]] Opinion score(const abi::Answer& answer) const {
    Opinion opinion;
    const std::uint32_t outcome =
        table_.score(metric_, &answer, &opinion.score, into(opinion.text));
    opinion.has_score = outcome == plugin::detail::answered && std::isfinite(opinion.score);
    if (outcome == plugin::detail::answered && !opinion.has_score)
      opinion.text = "it is not finite";
    return opinion;
  }

 private:
  PluginLibrary library_;
  const abi::MetricTable& table_;
  void* metric_ = nullptr;
};

/// A library that scores. It is loaded where the first answer is scored: in the process of a slot,
/// unless it is trusted.
class PluginMetric final : public ScoreMetric {
 public:
  explicit PluginMetric(const MetricOptions& options)
      : ScoreMetric{options}, path_{options.plugin} {
    for (const std::string& name : options.input_names) names_.push_back(name);
  }

  [[nodiscard]] CellResult score(const Example& example, const CellOutput& output) const override {
    return judge(example, output).result;
  }
  [[nodiscard]] Verdict judge(const Example& example, const CellOutput& output) const override {
    Verdict verdict{unscored(output), {}};
    if (output.status != CellStatus::ok) return verdict;
    LoadedMetric::Opinion opinion = ask(example, output);
    if (opinion.has_score) {
      verdict.result.score = opinion.score;
    } else {
      verdict.result.status = CellStatus::invalid_output;
      verdict.problem = fmt::format("the metric has no score: {}", opinion.text);
    }
    return verdict;
  }
  [[nodiscard]] std::string explain(const Example& example,
                                    const CellOutput& output) const override {
    return output.status == CellStatus::ok ? ask(example, output).text : explain_failure(output);
  }
  [[nodiscard]] std::string_view name() const noexcept override { return "plugin"; }
  [[nodiscard]] bool runs_in_child() const noexcept override { return true; }
  [[nodiscard]] std::string identity() const override {
    return "metric plugin " + file_digest(path_).hex();
  }

 private:
  [[nodiscard]] LoadedMetric::Opinion ask(const Example& example, const CellOutput& output) const {
    std::vector<abi::Text> names;
    std::vector<abi::Text> inputs;
    for (const std::string& name : names_) names.push_back(plugin_text(name));
    for (const std::string& input : example.inputs) inputs.push_back(plugin_text(input));
    names.resize(std::min(names.size(), inputs.size()));
    return loaded().score({.output = plugin_text(output.text),
                           .label = plugin_text(example.label),
                           .names = {names.data(), names.size()},
                           .inputs = {inputs.data(), names.size()},
                           .id = plugin_text(example.id)});
  }

  [[nodiscard]] const LoadedMetric& loaded() const {
    const std::lock_guard lock{mutex_};
    if (!metric_) metric_ = std::make_unique<LoadedMetric>(path_);
    return *metric_;
  }

  std::string path_;
  std::vector<std::string> names_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<LoadedMetric> metric_;
};

}  // namespace

std::unique_ptr<Metric> make_plugin_metric(const MetricOptions& options) {
  return std::make_unique<PluginMetric>(options);
}

}  // namespace foundation::programs::detail
